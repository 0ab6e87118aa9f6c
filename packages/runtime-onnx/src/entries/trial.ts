export { modelThreadTask } from '@secondpass/runtime-common/thread';
export { openForTrial, type TrialSession } from '../graph/model-run.ts';
export { feedsOf } from '../inference/feeds.ts';
