import { parseJson, stringifyJson } from '@secondpass/core/extend';

/** The part of a client that turns JSON into values and back. */
interface SerializingClient {
  readonly serializer: {
    serialize(value: never): string;
    deserialize(json: string): unknown;
  };
}

/** In a text without these, `JSON.parse` reads every number exactly. */
const longNumber = /\d{16}|\d[eE][+-]?\d/;

/**
 * Lets a client of `@elastic/elasticsearch` read an integer outside ±(2^53 − 1) as a `bigint`, and write it; by itself it rounds
 * them. It changes the given client. `elasticFromConfig` does so with its own client.
 *
 * @returns the client
 *
 * @example
 * import { Client } from '@elastic/elasticsearch';
 * import { elasticWriter, keepIntegers } from '@secondpass/adapter-elastic';
 * const node = process.env['ELASTICSEARCH_URL'] ?? 'http://localhost:9200';
 * const client = keepIntegers(new Client({ node }));
 * const writer = elasticWriter({ client, index: 'tweets' });
 * await writer.prepare({ dimensions: 2 });
 * const payload = { tweet: 1784530912236650497n };
 * await writer.write([{ id: '1', text: 'Yeast.', vector: Float32Array.of(1, 0), digest: 'a', payload }]);
 * await client.close();
 */
export function keepIntegers<C extends SerializingClient>(client: C): C {
  const { serializer } = client;
  const serialize = serializer.serialize.bind(serializer);
  const deserialize = serializer.deserialize.bind(serializer);
  serializer.deserialize = (json) => {
    // The client's own parser runs first: it refuses invalid JSON and forbidden keys.
    const value = deserialize(json);
    return typeof json === 'string' && longNumber.test(json) ? parseJson(json) : value;
  };
  serializer.serialize = (value) => {
    try {
      return serialize(value);
    } catch (error) {
      try {
        return stringifyJson(value);
      } catch {
        throw error;
      }
    }
  };
  return client;
}
