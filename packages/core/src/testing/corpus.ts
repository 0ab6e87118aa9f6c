import type { EmbeddedDocument } from '../retrieval/seams/document.ts';

/**
 * Length of {@link corpus}' vectors. Each axis is a subject, so that similarity can be checked by eye:
 * 0 baking, 1 sea, 2 night sky, 3 repair.
 */
export const corpusDimensions = 4;

/** Twelve passages, three to a subject. Each vector has length 1, and every query sees twelve different similarities. */
export const corpus: readonly EmbeddedDocument[] = [
  passage('bread-rise', 'Dough rises because yeast turns sugar into gas.', [9, 0.5, 0, 1], {
    subject: 'baking',
    minutes: 90,
    tags: ['yeast', 'flour'],
    author: { name: 'Ines', country: 'PT' },
    tested: true,
  }),
  passage('bread-crust', 'Steam in the first ten minutes gives a loaf its glossy crust.', [8, 1.5, 0.2, 2], {
    subject: 'baking',
    minutes: 35.5,
    tags: ['oven'],
    author: { name: 'Olaf', country: 'NO' },
    tested: false,
  }),
  passage('bread-salt', 'Salt slows fermentation and tightens the crumb.', [7, 3, 0.4, 0.1], {
    subject: 'baking',
    minutes: 0,
    tags: [],
    author: { name: 'Ines' },
  }),
  passage('sea-tide', 'Spring tides follow the new moon and the full moon.', [0.3, 9, 2.5, 0], {
    subject: 'sea',
    minutes: 360,
    tags: ['moon', 'water'],
    published: '2024-03-01',
  }),
  passage('sea-salt', 'A litre of ocean water holds about thirty-five grams of salt.', [2, 8, 0.6, 0.2], {
    subject: 'sea',
    tags: ['water', 'salt'],
    published: '2025-11-30',
    source: null,
  }),
  passage('sea-rope', 'A bowline holds under load and still unties easily.', [0.1, 7, 0.2, 4], {
    subject: 'sea',
    minutes: 1,
    tags: 'knots',
    published: '2023-01-15',
    tested: true,
  }),
  passage('sky-moon', 'The same half of the moon always faces us.', [0, 2, 9, 0.3], {
    subject: 'sky',
    tags: ['moon'],
    minutes: 43_200,
    author: { name: 'Amélie 🌙', country: 'FR' },
  }),
  passage('sky-star', 'Stars twinkle because air bends their light; planets hardly do.', [0.2, 0.4, 8, 0], {
    subject: 'sky',
    tags: ['light', 'air'],
    tested: false,
  }),
  passage(
    'sky-lens',
    'Clean a telescope mirror rarely, with distilled water and no pressure.',
    [0.5, 1, 7, 5],
    {
      subject: 'sky',
      tags: ['water', 'light'],
      minutes: 20,
      published: '2024-03-01',
    },
  ),
  passage('fix-tap', 'A dripping tap usually needs nothing but a new washer.', [0.4, 2.2, 0, 9], {
    subject: 'repair',
    minutes: 20,
    tags: ['water'],
    tested: true,
  }),
  passage('fix-bike', 'Wipe the chain before oiling it, and wipe it again after.', [0.6, 0.3, 0.1, 8], {
    subject: 'repair',
    minutes: 15,
    tags: ['oil', 'chain'],
    author: { name: 'Olaf' },
  }),
  passage('fix-oven', 'An oven that bakes unevenly often has a tired door seal.', [4, 0, 0.3, 7]),
];

/** Four questions; `relevant` holds the ids that a reader would accept as an answer, the best first. */
export const queries = [
  {
    id: 'q-bread',
    text: 'Why does bread rise?',
    vector: unit([10, 0, 0, 0.4]),
    relevant: ['bread-rise', 'bread-crust'],
  },
  { id: 'q-tide', text: 'What makes the tides?', vector: unit([0, 10, 2.1, 0]), relevant: ['sea-tide'] },
  {
    id: 'q-moon',
    text: 'Why do we see one side of the moon?',
    vector: unit([0, 2.2, 10, 0.2]),
    relevant: ['sky-moon'],
  },
  {
    id: 'q-tap',
    text: 'How do I stop a dripping tap?',
    vector: unit([0.3, 2.2, 0, 10]),
    relevant: ['fix-tap'],
  },
] as const;

/** Relevance judgments: query id → document id → grade; 1 is relevant, absent is not. */
export const qrels: Readonly<Record<string, Readonly<Record<string, number>>>> = Object.fromEntries(
  queries.map(({ id, relevant }) => [id, Object.fromEntries(relevant.map((document) => [document, 1]))]),
);

function passage(
  id: string,
  text: string,
  direction: readonly number[],
  payload?: EmbeddedDocument['payload'],
): EmbeddedDocument {
  return { id, text, vector: unit(direction), ...(payload && { payload }) };
}

function unit(direction: readonly number[]): Float32Array {
  const length = Math.hypot(...direction);
  return Float32Array.from(direction, (value) => value / length);
}
