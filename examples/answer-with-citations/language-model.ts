import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { LanguageModel } from 'ai';

/** The model that the environment names. Any other of the AI SDK can stand here. */
export function languageModel(environment: NodeJS.ProcessEnv): LanguageModel {
  const { LLM_URL: baseURL, LLM_MODEL: model, LLM_API_KEY: apiKey } = environment;
  if (!baseURL || !model) throw new Error('Set LLM_URL, such as http://localhost:11434/v1, and LLM_MODEL.');
  return createOpenAICompatible({ name: 'local', baseURL, ...(apiKey && { apiKey }) })(model);
}
