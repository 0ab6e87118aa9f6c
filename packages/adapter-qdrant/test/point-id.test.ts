import { expect, test } from '@jest/globals';
import { pointId } from '../src/point-id.ts';

test('an id gives the same UUID version 5 always, and another id another one', () => {
  // As Python says: uuid.uuid5(uuid.UUID('7f0b1c52-6d0e-4e0c-9a57-5e3b7d0c2a11'), id).
  expect(pointId('a')).toBe('74b2a270-f627-5542-bc46-8ffc816bf8c5');
  expect(pointId('Ünïcödé 🌙')).toBe('d1a64fe5-91c6-518c-9541-a65e8464d91e');
  const ids = ['1', '01', ' 1', '', 'a', 'A', '7f0b1c52-6d0e-4e0c-9a57-5e3b7d0c2a11', 'x'.repeat(1024)];
  const points = ids.map(pointId);
  expect(new Set(points).size).toBe(ids.length);
  for (const point of points)
    expect(point).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
