/** What the tables, indices and collections of the examples hold: they stand in for those that you have. */
export const articles = [
  {
    id: 101,
    title: 'Yeast',
    body: 'Yeast eats sugar and breathes out gas, which makes dough rise.',
    author: 'Ines',
    year: 2024,
  },
  {
    id: 102,
    title: 'Salt',
    body: 'Too much salt slows yeast down: ten grams are enough for a loaf.',
    author: 'Ines',
    year: 2021,
  },
  {
    id: 103,
    title: 'Steam',
    body: 'Steam keeps the crust soft, so that a loaf can grow in the first minutes of baking.',
    author: 'Max',
    year: 2023,
  },
  {
    id: 104,
    title: 'Ovens',
    body: 'An oven door that does not close well costs a fifth of the energy.',
    author: 'Max',
    year: 2019,
  },
  {
    id: 105,
    title: 'Tides',
    body: 'The pull of the moon lifts the ocean on the side that faces it.',
    author: 'Noor',
    year: 2022,
  },
  {
    id: 106,
    title: 'Harbors',
    body: 'The harbor froze in 1929, and ships stayed in it until April.',
    author: 'Noor',
    year: 2018,
  },
  {
    id: 107,
    title: 'Chains',
    body: 'A dry bicycle chain wears out three times as fast as an oiled one.',
    author: 'Ines',
    year: 2020,
  },
  {
    id: 108,
    title: 'Error E1042',
    body: 'Error E1042 means that the pump has no water; fill it and start again.',
    author: 'Max',
    year: 2025,
  },
] as const;
