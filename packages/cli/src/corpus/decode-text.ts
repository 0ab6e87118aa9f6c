import { inputError, place } from './input-error.ts';

/**
 * Decodes bytes to text, or throws an error that names the first invalid place. A byte order mark is removed.
 *
 * @param line the line that the bytes begin on
 */
export function decodeText(bytes: Uint8Array, file: string, line = 1): string {
  const nul = bytes.indexOf(0);
  if (nul !== -1) {
    throw inputError(
      place(file, line + lineBreaksIn(bytes.subarray(0, nul))),
      'There is a NUL byte: the file is binary, or text in UTF-16.',
      'Leave it out, or convert it to UTF-8, for example with `iconv -t utf-8`.',
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw inputError(
      place(file, line + lineBreaksIn(bytes.subarray(0, firstInvalidByte(bytes)))),
      'The text is not valid UTF-8.',
      'Convert the file to UTF-8, for example with `iconv -f latin1 -t utf-8`.',
      error,
    );
  }
}

function lineBreaksIn(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count += 1;
  return count;
}

/** Finds the first byte that cannot be decoded, by binary search. A prefix may end inside a character. */
function firstInvalidByte(bytes: Uint8Array): number {
  let valid = 0;
  let invalid = bytes.length;
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    if (decodesAsPrefix(bytes.subarray(0, middle))) valid = middle;
    else invalid = middle;
  }
  return valid;
}

function decodesAsPrefix(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
