export { openForTrial, type TrialSession } from '../graph/model-run.ts';
export { feedsOf } from '../inference/feeds.ts';
