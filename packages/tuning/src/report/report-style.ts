import { Markup } from './markup.ts';

/** Light or dark as the reader's system prefers; light on paper, with all sections expanded. */
export const reportStyle = new Markup(`
:root { color-scheme: light dark; --ground: #fff; --text: #1c2430; --quiet: #55606e; --line: #d9dee6; --raised: #f4f6f9;
  --good: #0b6e4f; --bad: #a33a1e; --s1: #0b6e4f; --s2: #2f5fb3; --s3: #b4530a; --s4: #7b3fa0; --s5: #8a6d00; --s6: #b0295e; }
@media (prefers-color-scheme: dark) { :root { --ground: #14181f; --text: #e4e8ee; --quiet: #9aa5b4; --line: #333c49; --raised: #1d232d;
  --good: #4cc79a; --bad: #f0906f; --s1: #4cc79a; --s2: #82aaf5; --s3: #f0a35f; --s4: #c79bea; --s5: #d9bd4f; --s6: #f08cb4; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 54rem; background: var(--ground); color: var(--text);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.25rem; margin: 2.75rem 0 .5rem; }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; } h4 { font-size: .9rem; margin: .9rem 0 .3rem; }
.quiet, figcaption, small { color: var(--quiet); font-size: .9rem; } small { display: block; font-weight: 400; }
.verdict { border: 1px solid var(--line); border-left: .3rem solid var(--good); border-radius: .4rem; padding: .25rem 1.1rem 1rem; margin-top: 1.5rem; }
.verdict h2 { margin-top: 1rem; } .advice { font-size: 1.1rem; font-weight: 600; }
.warnings { border: 1px solid var(--bad); border-radius: .4rem; padding: .6rem 1rem .6rem 2rem; margin: 1rem 0; }
figure { margin: 0; } figcaption { margin: .4rem 0 .6rem; max-width: 46rem; }
.scroll { overflow-x: auto; } .scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--s2); outline-offset: 2px; }
table { border-collapse: collapse; font-size: .9rem; margin: .6rem 0; min-width: 100%; overflow-wrap: normal; }
th, td { text-align: left; padding: .3rem .7rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; font-weight: 400; }
thead th { color: var(--quiet); font-size: .82rem; vertical-align: bottom; } tbody th { font-weight: 600; min-width: 9rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; } td.number { white-space: nowrap; }
details { margin: .2rem 0; } summary { cursor: pointer; color: var(--quiet); font-size: .9rem; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; list-style: none; padding: 0; margin: .5rem 0; font-size: .9rem; }
.legend li { display: flex; align-items: center; gap: .4rem; }
svg.plot { display: block; width: 100%; height: auto; font: 12px system-ui, sans-serif; } svg.narrow { display: none; }
@media (max-width: 38rem) { svg.wide { display: none; } svg.narrow { display: block; } .verdict { padding: .25rem .8rem .8rem; }
  table { font-size: .82rem; } th, td { padding-right: .5rem; } tbody th { min-width: 5.5rem; } .verdict td.number { white-space: normal; } }
svg text { fill: var(--quiet); } .grid line { stroke: var(--line); } .axis > line, .zero { stroke: var(--quiet); }
.s1 { --c: var(--s1); } .s2 { --c: var(--s2); } .s3 { --c: var(--s3); } .s4 { --c: var(--s4); } .s5 { --c: var(--s5); } .s6 { --c: var(--s6); }
path.series, line.series { fill: none; stroke: var(--c); stroke-width: 2; } .dashed { stroke-dasharray: 6 4; }
circle.series { fill: var(--c); stroke: var(--ground); stroke-dasharray: none; } circle.dashed { fill: var(--ground); stroke: var(--c); stroke-width: 2; stroke-dasharray: none; }
path.band { fill: var(--c); fill-opacity: .13; stroke: none; } line.whisker { stroke-width: 1.2; stroke-dasharray: none; }
.stage1 { stroke: var(--text); stroke-width: 1.5; stroke-dasharray: 2 3; } .dot { fill: var(--quiet); fill-opacity: .35; }
path.front { fill: none; stroke: var(--s1); stroke-width: 1.5; } circle.front { fill: var(--s1); }
.current { fill: none; stroke: var(--text); stroke-width: 2; } .advised { fill: none; stroke: var(--s3); stroke-width: 3; }
.better { fill: var(--good); } .worse { fill: var(--bad); }
article { border-top: 1px solid var(--line); margin-top: 1.4rem; padding-top: .2rem; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); gap: 0 1.5rem; }
.passages { list-style: none; padding: 0; margin: 0; } .passages li { background: var(--raised); border-radius: .4rem; padding: .5rem .7rem; margin: 0 0 .5rem; }
.passages p { margin: 0; font-size: .9rem; } .place { color: var(--quiet); }
.badge { border: 1px solid currentColor; border-radius: 1rem; padding: 0 .5rem; font-size: .78rem; color: var(--quiet); } .badge.good { color: var(--good); } .badge.bad { color: var(--bad); }
@media print { :root { color-scheme: light; --ground: #fff; --text: #000; --quiet: #444; --line: #bbb; --raised: #fff; --good: #0b6e4f; --bad: #a33a1e;
  --s1: #0b6e4f; --s2: #2f5fb3; --s3: #b4530a; --s4: #7b3fa0; --s5: #8a6d00; --s6: #b0295e; }
  body { max-width: none; font-size: 10pt; } figure, article, tr, .verdict table { break-inside: avoid; } h2, h3, h4 { break-after: avoid; }
  svg.wide { display: block; } svg.narrow { display: none; } .passages li { border: 1px solid var(--line); } }
`);
