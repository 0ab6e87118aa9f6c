export { FailedTry, tooSlow, unreachable, unusable } from './failed-try.ts';
export {
  defaultTimeoutMs,
  type HttpService,
  type HttpServiceOptions,
  httpService,
  redactor,
  type Service,
  type ServiceKind,
} from './http-service.ts';
export { readAnswer, readJson } from './read-answer.ts';
export { type Refusal, refusalOf } from './refusal.ts';
export { cleanWords } from './refusal-words.ts';
export {
  httpOptions,
  type KeyOptions,
  keyOf,
  requestOptions,
  secretOptions,
  serviceUrl,
} from './service-options.ts';
export { inHalves, type ShareLimits, splitTexts, type TextShare } from './split-texts.ts';
export { type ServiceAnswer, type ServiceCall, tryRequest } from './try-request.ts';
export { type RetryLimits, withRetries } from './with-retries.ts';
