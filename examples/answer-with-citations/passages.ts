import type { Document } from '@secondpass/core';

/** Texts in the passages that they were cut into; each begins with the last sentence of the one before. */
const texts: Readonly<Record<string, readonly string[]>> = {
  'Bread at home': [
    'Mix flour, water and a little yeast, and leave the bowl alone for an hour. The yeast eats the sugar that the flour sets free and breathes out gas.',
    'The yeast eats the sugar that the flour sets free and breathes out gas. Gluten holds that gas in, and so the dough rises to twice its size.',
    'Gluten holds that gas in, and so the dough rises to twice its size. Too much salt slows the yeast down, so weigh it: ten grams for a loaf.',
    'Too much salt slows the yeast down, so weigh it: ten grams for a loaf. Steam in the oven keeps the crust soft while the loaf grows.',
  ],
  'By the sea': [
    'The pull of the moon lifts the ocean on the side that faces it. A second bulge rises on the far side, so most coasts see two high tides a day.',
    'A second bulge rises on the far side, so most coasts see two high tides a day. When sun and moon pull in one line, the spring tide comes.',
    'When sun and moon pull in one line, the spring tide comes. A litre of sea water carries about thirty-five grams of salt.',
    'A litre of sea water carries about thirty-five grams of salt. Near river mouths it is less, and the harbour freezes earlier.',
  ],
  'A bicycle that lasts': [
    'A dry chain wears out three times as fast as an oiled one. Wipe it after rain, then put one drop on each link.',
    'Wipe it after rain, then put one drop on each link. Brake pads are done when their grooves are gone.',
    'Brake pads are done when their grooves are gone. A tyre that goes flat overnight has a slow leak at the valve more often than a hole.',
    'A tyre that goes flat overnight has a slow leak at the valve more often than a hole. Water in a bowl shows where the air comes out.',
  ],
};

/** The id says where a passage stands: `bread-at-home#2` is the second of its text. */
export const passages: readonly Document[] = Object.entries(texts).flatMap(([title, chunks]) =>
  chunks.map((text, index) => ({
    id: `${title.toLowerCase().replaceAll(' ', '-')}#${index + 1}`,
    text,
    payload: { title },
  })),
);

/** Ids of the passages around one; the first has nothing before it, and what does not exist is not fetched. */
export function neighborsOf({ id }: { readonly id: string }) {
  const [text, place] = id.split('#');
  return { before: [`${text}#${Number(place) - 1}`], after: [`${text}#${Number(place) + 1}`] };
}
