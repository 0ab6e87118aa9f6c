import { namesIn } from '../readme-examples.ts';
import { complaintsAbout } from './complaints-about.ts';
import { examplesOf } from './example.ts';
import { exampleProject } from './example-project.ts';
import { publicNames } from './public-names.ts';

/**
 * Runs the examples of an adapter on a real engine.
 *
 * @param nameFor a made-up name for each table, collection or index that an example says
 * @returns how many ran, and a line for everything that is not as they say
 */
export async function runEngineExamples(
  folder: string,
  environment: Readonly<Record<string, string>>,
  nameFor: (name: string) => string = (name) => name,
): Promise<{ readonly count: number; readonly complaints: readonly string[] }> {
  const examples = examplesOf(await publicNames(folder));
  const project = await exampleProject(examples, ({ code }) =>
    namesIn(code).reduce((renamed, name) => renamed.replaceAll(`'${name}'`, `'${nameFor(name)}'`), code),
  );
  try {
    return {
      count: examples.length,
      complaints: complaintsAbout(await project.run(examples, environment)),
    };
  } finally {
    await project.remove();
  }
}
