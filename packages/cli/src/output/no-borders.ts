const places = ['top', 'bottom', 'mid', 'left', 'right'] as const;
const joints = ['-mid', '-left', '-right'] as const;

/** A table of cli-table3 without lines: white space keeps the columns apart. */
export const noBorders: Readonly<Record<string, string>> = Object.fromEntries([
  ...places.map((place) => [place, '']),
  ...places.flatMap((place) => joints.map((joint) => [`${place}${joint}`, ''])),
  ['middle', ''],
]);
