/** Ranges of code points to draw characters from: scripts, marks, signs, and what is no character at all. */
const blocks: readonly (readonly [name: string, first: number, last: number])[] = [
  ['ASCII', 0x21, 0x7e],
  ['control characters', 0x01, 0x1f],
  ['Latin-1', 0x7f, 0xff],
  ['Latin Extended', 0x100, 0x24f],
  ['phonetic', 0x250, 0x2ff],
  ['combining marks', 0x300, 0x36f],
  ['Greek', 0x370, 0x3ff],
  ['Cyrillic', 0x400, 0x52f],
  ['Armenian', 0x531, 0x58f],
  ['Hebrew', 0x591, 0x5f4],
  ['Arabic', 0x600, 0x6ff],
  ['Syriac', 0x700, 0x74f],
  ['Devanagari', 0x900, 0x97f],
  ['Bengali', 0x980, 0x9fe],
  ['Tamil', 0xb82, 0xbfa],
  ['Malayalam', 0xd00, 0xd7f],
  ['Thai', 0xe01, 0xe5b],
  ['Tibetan', 0xf00, 0xfda],
  ['Myanmar', 0x1000, 0x109f],
  ['Georgian', 0x10a0, 0x10ff],
  ['Hangul letters', 0x1100, 0x11ff],
  ['Ethiopic', 0x1200, 0x137c],
  ['Khmer', 0x1780, 0x17f9],
  ['Mongolian', 0x1800, 0x18aa],
  ['Vietnamese', 0x1ea0, 0x1ef9],
  ['Greek Extended', 0x1f00, 0x1ffe],
  ['spaces and punctuation', 0x2000, 0x206f],
  ['superscripts and currency', 0x2070, 0x20c0],
  ['marks for signs', 0x20d0, 0x20f0],
  ['letter-like and numbers', 0x2100, 0x218b],
  ['arrows and mathematics', 0x2190, 0x22ff],
  ['enclosed', 0x2460, 0x24ff],
  ['blocks and shapes', 0x2580, 0x26ff],
  ['CJK punctuation', 0x3000, 0x303f],
  ['Hiragana and Katakana', 0x3041, 0x30ff],
  ['enclosed CJK', 0x3200, 0x33ff],
  ['CJK', 0x4e00, 0x9fff],
  ['Hangul', 0xac00, 0xd7a3],
  ['lone surrogates', 0xd800, 0xdfff],
  ['private use', 0xe000, 0xe0ff],
  ['CJK compatibility', 0xf900, 0xfaff],
  ['ligatures and Arabic forms', 0xfb00, 0xfdff],
  ['variation selectors and small forms', 0xfe00, 0xfe6f],
  ['Arabic forms', 0xfe70, 0xfeff],
  ['full and half width', 0xff01, 0xffee],
  ['specials', 0xfff0, 0xffff],
  ['Kaithi and Chakma', 0x11080, 0x1114f],
  ['mathematical letters', 0x1d400, 0x1d7ff],
  ['regional indicators', 0x1f1e6, 0x1f1ff],
  ['emoji', 0x1f300, 0x1f64f],
  ['more emoji', 0x1f680, 0x1faff],
  ['rare CJK', 0x20000, 0x2a6df],
];

const wholes = [
  'the',
  'The',
  'bridge',
  "don't",
  "WE'LL",
  'lighthouse',
  'x',
  'naïve',
  'nai\u0308ve',
  'İstanbul',
  'straße',
  'ΟΔΟΣ',
  '3.14',
  '1,000,000',
  '２０２６',
  '½',
  '①',
  'a_b',
  'foo(bar);',
  '=>',
  '!==',
  '/* c */',
  'https://a.example/b?c=d&e=f#g',
  'me@mail.example',
  'C:\\x\\y',
  '[CLS]',
  '[SEP]',
  '[PAD]',
  '[UNK]',
  '[MASK]',
  '[cls]',
  '[',
  ']',
  '[SE',
  'P]',
  '<s>',
  '</s>',
  '<pad>',
  '<unk>',
  '<mask>',
  '<',
  's>',
  '＜s＞',
  '＜ｐａｄ＞',
  '[ＣＬＳ]',
  '##ing',
  '▁',
  '▁a',
  'a▁b',
  'Ġthe',
  'ﬁne',
  'ǆ',
  'Å',
  'Å',
  '👍🏽',
  '👩‍👩‍👧‍👦',
  '🏳️‍🌈',
  '🇩🇪',
  '🏽',
  '\u200d',
  '\ufe0f',
  '\u0301',
  '\u0600',
  '\u0d4e',
  '\u00a8',
  '\u037a',
  '\ufe70',
  '\uff9e',
  'ｶﾞ',
  '\u3099',
  '\u200b',
  '\ufeff',
  '\u00ad',
  '\u2028',
  '\u0085',
  '\ufffd',
  '\u180e',
  '東京',
  '東京タワー',
  '한국어',
  '한국',
  'ประเทศไทย',
  'नमस्ते',
  'שָׁלוֹם',
  'مرحبا',
  'Pneumonoultramicroscopicsilicovolcanoconiosis',
  'a'.repeat(99),
  'b'.repeat(101),
  'word'.repeat(40),
  '-'.repeat(60),
  '木'.repeat(80),
];

const separators = [
  ' ',
  ' ',
  ' ',
  ' ',
  ' ',
  ' ',
  '',
  '',
  '  ',
  '   ',
  '\n',
  '\n\n',
  ' \n',
  '\n ',
  '\t',
  '\r\n',
  '\v',
  '\f',
  '\u00a0',
  ' \u00a0',
  '\u3000',
  '\u2009',
  '\u200b',
  ' \u0301',
  ' \u200d',
  '\u0600 ',
  '\x1c',
  '\u0085',
];

/** Texts that a tokenizer could stumble over; the same ones for the same seed. */
export function variedTexts(count: number, seed: number): string[] {
  const random = randomNumbers(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const characters = (): string => {
    const [, first, last] = blocks[below(blocks.length)]!;
    const length = 1 + below(below(4) === 0 ? 14 : 6);
    const points = Array.from({ length }, () => first + below(last - first + 1));
    return points.map((point) => String.fromCodePoint(point)).join('');
  };
  const part = (): string => {
    const kind = below(10);
    if (kind < 4) return wholes[below(wholes.length)]!;
    if (kind < 6) return characters();
    if (kind < 7) return characters() + wholes[below(wholes.length)]! + characters();
    if (kind < 8) return characters().normalize(below(2) === 0 ? 'NFD' : 'NFC');
    return letters(1 + below(9), below);
  };
  return Array.from({ length: count }, () => {
    let text = below(8) === 0 ? separators[below(separators.length)]! : '';
    for (let parts = 1 + below(6); parts > 0; parts -= 1) {
      text += part() + (parts > 1 || below(8) === 0 ? separators[below(separators.length)]! : '');
    }
    return text;
  });
}

function letters(length: number, below: (limit: number) => number): string {
  return Array.from({ length }, () => 'etaoinshrdlucmfwypvbgkqjxz'[below(below(26) + 1)]!).join('');
}

/** Park and Miller 1988, "Random number generators: good ones are hard to find". */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
