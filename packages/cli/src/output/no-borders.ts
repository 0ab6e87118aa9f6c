const places = ['top', 'bottom', 'mid', 'left', 'right'] as const;
const joints = ['-mid', '-left', '-right'] as const;

/** Settings of cli-table3 for a table without lines: white space separates the columns. */
export const noBorders: Readonly<Record<string, string>> = Object.fromEntries([
  ...places.map((place) => [place, '']),
  ...places.flatMap((place) => joints.map((joint) => [`${place}${joint}`, ''])),
  ['middle', ''],
]);
