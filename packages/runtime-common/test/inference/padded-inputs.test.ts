import { expect, test } from '@jest/globals';
import { padInputs } from '../../src/inference/padded-inputs.ts';

const sequence = (ids: number[], attended?: number) => ({
  ids: Int32Array.from(ids),
  typeIds: Int32Array.from(ids, (_, index) => Number(index > 1)),
  ...(attended !== undefined && { attended }),
});
const numbers = (values: BigInt64Array | undefined) => [...values!].map(Number);

test('pads on the right with zeros that the mask leaves out', () => {
  const { dims, inputs } = padInputs([sequence([5, 6, 2_147_483_647]), sequence([8, 9, 4, 3], 2)], {
    paddingSide: 'right',
    firstPosition: 0,
  });
  expect(dims).toEqual([2, 4]);
  expect(numbers(inputs['input_ids'])).toEqual([5, 6, 2_147_483_647, 0, 8, 9, 4, 3]);
  expect(numbers(inputs['attention_mask'])).toEqual([1, 1, 1, 0, 1, 1, 0, 0]);
  expect(numbers(inputs['token_type_ids'])).toEqual([0, 0, 1, 0, 0, 0, 1, 1]);
  expect(numbers(inputs['position_ids'])).toEqual([0, 1, 2, 0, 0, 1, 2, 3]);
});

test("pads on the left where asked to, and counts positions as RoBERTa's family does", () => {
  const { inputs } = padInputs([sequence([5]), sequence([7, 1, 9])], {
    paddingSide: 'left',
    firstPosition: 2,
  });
  expect(numbers(inputs['input_ids'])).toEqual([0, 0, 5, 7, 1, 9]);
  expect(numbers(inputs['attention_mask'])).toEqual([0, 0, 1, 1, 1, 1]);
  // Token 1 is the padding token: its position is its own, and the next one goes on as if it were not there.
  expect(numbers(inputs['position_ids'])).toEqual([2, 2, 2, 2, 1, 3]);
});
