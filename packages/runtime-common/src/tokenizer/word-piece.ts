export interface WordPieceModel {
  readonly vocab: Readonly<Record<string, number>>;
  readonly unk_token: string;
  readonly continuing_subword_prefix: string;
  readonly max_input_chars_per_word: number;
}

/**
 * BERT's tokenizer for words of visible ASCII: lower case, split at punctuation, then the longest piece that fits
 * (Wu et al. 2016, "Google's Neural Machine Translation System"; Devlin et al. 2019, "BERT").
 *
 * @param lowercase whether the normalizer converts to lower case
 * @returns the ids of a word, which must be all visible ASCII and hold no special token
 */
export function asciiWordPiece(model: WordPieceModel, lowercase: boolean): (word: string) => number[] {
  const prefix = model.continuing_subword_prefix;
  const firsts = new Map<string, number>();
  const others = new Map<string, number>();
  let longest = 1;
  for (const [piece, id] of Object.entries(model.vocab)) {
    firsts.set(piece, id);
    if (piece.startsWith(prefix)) others.set(piece.slice(prefix.length), id);
    longest = Math.max(longest, piece.length);
  }
  const unknown = firsts.get(model.unk_token)!;

  const addPieces = (run: string, ids: number[]): void => {
    const whole = firsts.get(run);
    if (run.length > model.max_input_chars_per_word) ids.push(unknown);
    else if (whole !== undefined) ids.push(whole);
    else ids.push(...(pieces(run) ?? [unknown]));
  };
  const pieces = (run: string): number[] | undefined => {
    const ids: number[] = [];
    for (let start = 0; start < run.length; ) {
      const vocabulary = start === 0 ? firsts : others;
      let end = Math.min(run.length, start + longest);
      let id = vocabulary.get(run.slice(start, end));
      while (id === undefined && end > start + 1) {
        end -= 1;
        id = vocabulary.get(run.slice(start, end));
      }
      if (id === undefined) return undefined;
      ids.push(id);
      start = end;
    }
    return ids;
  };

  return (word) => {
    const text = lowercase ? word.toLowerCase() : word;
    const ids: number[] = [];
    let start = 0;
    for (let index = 0; index < text.length; index += 1) {
      if (!isPunctuation(text.charCodeAt(index))) continue;
      if (index > start) addPieces(text.slice(start, index), ids);
      addPieces(text[index]!, ids);
      start = index + 1;
    }
    if (text.length > start) addPieces(start === 0 ? text : text.slice(start), ids);
    return ids;
  };
}

function isPunctuation(code: number): boolean {
  return code < 48 || (code > 57 && code < 65) || (code > 90 && code < 97) || code > 122;
}
