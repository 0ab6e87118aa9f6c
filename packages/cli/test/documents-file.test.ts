import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { readDocuments, readDocumentsFile } from '../src/documents-file.ts';

function read(text: string | Uint8Array) {
  // In pieces of three bytes, so that lines and characters are cut everywhere.
  const bytes = Buffer.from(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / 3) }, (_, index) =>
    bytes.subarray(index * 3, index * 3 + 3),
  );
  return readDocuments(Readable.from(pieces), 'input');
}

test('JSON lines are objects or strings, with ids as given', async () => {
  expect(await read('{"id":"a","text":"one"}\n\n"two"\r\n{"id":7,"text":"drei €"}\n{"text":"four"}')).toEqual(
    [
      { id: 'a', text: 'one' },
      { id: null, text: 'two' },
      { id: 7, text: 'drei €' },
      { id: null, text: 'four' },
    ],
  );
});

test('plain lines are texts as they stand', async () => {
  expect(await read('\none {"x"}\n  two  \n')).toEqual([
    { id: null, text: 'one {"x"}' },
    { id: null, text: '  two  ' },
  ]);
});

describe('refused, with the line', () => {
  test.each([
    ['an empty file', '', /input: There are no documents/],
    ['a plain line among JSON', '"a"\n\nplain', /input:3: The line is not JSON/],
    [
      'JSON among plain lines',
      'plain\n{"text":"x"}',
      /input:2: The line is JSON, but the first line of the file is plain/,
    ],
    ['a number', '"a"\n3', /input:2: The line is 3/],
    ['no text', '{"id":"a"}', /input:1: "text" is missing/],
    ['an empty id', '{"id":"","text":"x"}', /input:1: "id" is ""/],
    ['an id that is no id', '{"id":1.5,"text":"x"}', /input:1: "id" is 1\.5/],
    [
      'an id twice',
      '{"id":"a","text":"x"}\n{"id":"a","text":"y"}',
      /input:2: The id "a" already occurs on line 1/,
    ],
    ['a NUL', '"a"\n"b\\u0000"', /input:2: The text contains a NUL/],
    ['a raw NUL', 'a\n\nb\0', /input:3: There is a NUL byte/],
    ['a lone surrogate', '{"text":"\\udc00"}', /input:1: "text" contains a lone surrogate/],
    ['invalid UTF-8', new Uint8Array([97, 10, 0xc3, 0x28, 10]), /input:2: The text is not valid UTF-8/],
  ])('%s', async (_, text, expected) => {
    await expect(read(text)).rejects.toThrow(expected);
  });

  test('a folder and a missing file', async () => {
    await expect(readDocumentsFile('/')).rejects.toMatchObject({
      code: 'invalid-options',
      problem: expect.stringMatching(/folder/),
    });
    await expect(readDocumentsFile('/nowhere')).rejects.toThrow(/does not exist/);
  });
});
