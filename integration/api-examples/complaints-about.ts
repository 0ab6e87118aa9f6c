import { statedValues } from './example.ts';
import type { ExampleRun } from './example-project.ts';

/** A line for everything that is not as the examples say; none where all is. */
export function complaintsAbout({ outcomes, complaint }: ExampleRun): readonly string[] {
  const wrong = [...outcomes].flatMap(([{ title, code }, { values, problem }]) => [
    ...(problem === undefined ? [] : [`${title}: ${problem}`]),
    ...[...statedValues(code)]
      .filter(([line, stated]) => values[line] !== stated)
      .map(([line, stated]) => `${title}: says ${stated}, and it is ${values[line]}`),
  ]);
  return complaint === '' ? wrong : [...wrong, complaint];
}
