/** A changelog's lines: what a change means, as its author wrote it. Every version of a dependency is in the manifest already. */
export default {
  getReleaseLine({ summary }) {
    const [first, ...others] = summary.split('\n');
    return [`- ${first}`, ...others.map((line) => (line === '' ? '' : `  ${line}`))].join('\n');
  },
  getDependencyReleaseLine: () => '',
};
