import { RetrievalError } from '@secondpass/core';
import { PassingFailure } from './passing-failure.ts';

/** A retry does not fix a certificate. */
const certificate = /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|ALTNAME/;

/** The error of a failed connection. Network messages may quote URLs, which may be signed: only codes are shown. */
export function asNetworkFailure(error: unknown, host: string): Error {
  if (error instanceof PassingFailure) return error;
  const code = codeOf(error);
  if (certificate.test(code)) {
    return new RetrievalError({
      code: 'hub-unreachable',
      origin: host,
      problem: `The certificate of ${host} is not accepted (${code}).`,
      nextStep: 'If a proxy re-signs traffic, set NODE_EXTRA_CA_CERTS to the file with its certificate.',
    });
  }
  if (speaksNoHttp(error)) {
    return new RetrievalError({
      code: 'hub-unreachable',
      origin: host,
      problem: `${host} does not speak HTTP.`,
      nextStep: 'Check HF_ENDPOINT, and the proxies between it and this machine.',
    });
  }
  return new PassingFailure(`${host} cannot be reached (${code || 'connection failed'})`, { cause: error });
}

function speaksNoHttp(error: unknown): boolean {
  const { name, cause } = (error ?? {}) as { readonly name?: unknown; readonly cause?: unknown };
  return name === 'HTTPParserError' || (cause !== undefined && speaksNoHttp(cause));
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'cause' in error ? codeOf(error.cause) : '';
}
