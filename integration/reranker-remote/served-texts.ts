/** What is asked of every server. */
export const query = 'how do ships find the harbour at night';

export const passages = [
  'A lighthouse shows ships the way into the harbour at night.',
  'Knead flour, water, salt and yeast, let the dough rise, and bake it in a hot oven.',
  'Ships',
  'Pilots come on board before the harbour and know every rock below the surface.',
  'A comet is a small body of ice and dust that orbits the sun.',
  '  Buoys with lamps mark the channel;\n\tred ones stand to port.\r\n ',
  'Łódź, 東京, Ελλάδα, עברית, العربية, हिन्दी, ไทย: café naïve Straße 🚀 👩‍🔬',
  '[CLS] night [SEP] harbour </s> [MASK] {"query": "x"} <b>ship</b> \u200b\ufeff',
  '12,5 % of 1,234 ships; see § 4 (a) & (b) — “quoted” \\ "escaped"',
  'night '.repeat(40),
];

/** Twenty-five more that differ, so that a list spans several requests. */
export const manyPassages = [
  ...passages,
  ...Array.from(
    { length: 25 },
    (_, at) => `Harbour ${at} has ${at * 7} lamps and ${'one more ship '.repeat(at % 5)}.`,
  ),
];

/** As long as the model reads; a server needs a while for them. */
export const longPassages = Array.from(
  { length: 6 },
  (_, at) => `Log book ${at}: ${'the ship left the harbour before the night fell and came back '.repeat(60)}`,
);

/** What must not be in an error. */
export const secretWord = 'rumpelstiltskin';
