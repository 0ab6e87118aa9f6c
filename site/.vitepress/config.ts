import { join } from 'node:path';
import { slug } from 'github-slugger';
import { defineConfig } from 'vitepress';
import llms from 'vitepress-plugin-llms';
import { sidebar } from '../sidebar.ts';
import { otherFiles, root, sitePath, sourcePages, withSiteLinks } from '../source-pages.ts';

const pages = sourcePages();
const known = new Set(pages);

export default defineConfig({
  title: 'secondpass',
  description: 'Adds cross-encoder reranking to the vector database you already run.',
  lang: 'en-US',
  // Pages stay where a git host shows them; their links are written for that, and rewritten here.
  srcDir: '..',
  outDir: 'dist',
  cacheDir: '.vitepress/cache',
  srcExclude: [...otherFiles(known)],
  rewrites: sitePath,
  markdown: {
    anchor: { slugify: slug },
    // An indented block looks like a fenced one.
    config: ({ renderer }) => {
      renderer.rules.code_block = (...block) => renderer.rules.fence!(...block);
    },
  },
  transformHead: ({ siteData }) => [
    ['link', { rel: 'icon', type: 'image/svg+xml', href: `${siteData.base}reorder.svg` }],
  ],
  vite: {
    plugins: [
      {
        name: 'secondpass:links',
        enforce: 'pre',
        transform(code, id) {
          const page = id.slice(root.length + 1);
          return known.has(page) ? withSiteLinks(page, code, known) : undefined;
        },
      },
      llms({
        ignoreFilesPerOutput: {
          llmsFullTxt: ['site/api/**', 'docs/decisions/**', 'training/**', 'integration/**'],
        },
      }),
    ],
    publicDir: join(import.meta.dirname, '../public'),
    // A page's whole text is a chunk; the longest is that of core's interface.
    build: { chunkSizeWarningLimit: 2000 },
  },
  themeConfig: {
    sidebar: sidebar(pages),
    outline: [2, 3],
    search: { provider: 'local' },
    nav: [
      { text: 'Begin', link: '/overview' },
      { text: 'API', link: '/api/' },
      { text: 'Changelog', link: '/changelog' },
    ],
  },
});
