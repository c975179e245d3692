import { expect, test } from 'vitest';
import { createFolderView } from './folder-view.ts';

const opened = () => {
  const view = createFolderView();
  view.opened({ uidValidity: '1', uidNext: 10 }, 100, 101);
  view.skipTo({ uidValidity: '1', uidNext: 10 });
  return view;
};

test('a letter dates from the EXISTS that counted it; the last question before it was sent is its bound', () => {
  const view = opened();
  view.asked(200);
  view.counted(4, 4, 301);
  view.asked(300);
  view.counted(5, 6, 401);
  expect(view.arrivalOf(4, 999)).toEqual({ at: 301, unseenUntil: 200 });
  expect(view.arrivalOf(6, 999)).toEqual({ at: 401, unseenUntil: 300 });
});

test.each([
  ['before it', 2, 4],
  ['within a range before it', 4, 4],
  ['after it', 9, 5],
])('a letter that others expunge %s leaves it its instant', (_name, expunged, seq) => {
  const view = opened();
  view.counted(4, 4, 301);
  view.counted(5, 5, 401);
  view.expunged(expunged);
  expect(view.arrivalOf(seq, 999).at).toBe(401);
});

test('what is counted while a FETCH is under way is for the next one', () => {
  const view = opened();
  view.counted(4, 4, 301);
  view.fetching();
  view.counted(5, 5, 401);
  view.looked(10);
  view.fetched();
  expect(view.fresh).toBe(true);
  expect(view.arrivalOf(5, 999).at).toBe(401);
  view.fetching();
  view.fetched();
  expect(view.fresh).toBe(false);
  expect(view.uidNext).toBe(11);
});

test('what came while there was no connection dates from the answer that showed it', () => {
  const view = opened();
  view.asked(200);
  view.closed();
  expect(view.opened({ uidValidity: '1', uidNext: 12 }, 500, 501)).toBe('same');
  expect(view.fresh).toBe(true);
  expect(view.arrivalOf(7, 999)).toEqual({ at: 501, unseenUntil: 200 });
});

test('a bound never moves back', () => {
  const view = opened();
  view.unseenUntil(700);
  view.asked(600);
  view.counted(4, 4, 801);
  expect(view.arrivalOf(4, 999).unseenUntil).toBe(700);
});

test.each([
  ['another UIDVALIDITY', '2', 50],
  ['fewer UIDs than before', '1', 5],
])('%s means that all UIDs are others', (_name, uidValidity, uidNext) => {
  const view = opened();
  expect(view.opened({ uidValidity, uidNext }, 500, 501)).toBe('changed');
  expect(view.uidNext).toBe(1);
});

test('where an earlier run had read to is taken over', () => {
  const view = createFolderView();
  view.resume({ uidValidity: '1', uidNext: 7 });
  expect(view.opened({ uidValidity: '1', uidNext: 8 }, 100, 101)).toBe('same');
  expect(view.fresh).toBe(true);
  // Nobody knows when it came.
  expect(view.arrivalOf(1, 999)).toEqual({ at: 101, unseenUntil: null });
});

test('it is clear until its last question, or until the bound of the oldest letter that was not read', () => {
  const view = createFolderView();
  expect(view.clearUntil).toBe(null);
  view.opened({ uidValidity: '1', uidNext: 10 }, 100, 101);
  // Old letters that nobody has looked through yet.
  expect(view.clearUntil).toBe(null);
  view.skipTo({ uidValidity: '1', uidNext: 10 });
  expect(view.clearUntil).toBe(100);
  view.asked(200);
  view.counted(4, 4, 301);
  view.asked(300);
  view.counted(5, 5, 401);
  expect(view.clearUntil).toBe(200);
  view.fetching();
  view.looked(11);
  view.fetched();
  expect(view.clearUntil).toBe(300);
});

test('what was counted and not read before the connection broke is not passed over', () => {
  const view = opened();
  view.asked(200);
  view.counted(4, 4, 301);
  view.asked(300);
  view.closed();
  expect(view.clearUntil).toBe(200);
  view.opened({ uidValidity: '1', uidNext: 11 }, 500, 501);
  expect(view.clearUntil).toBe(200);
  expect(view.arrivalOf(4, 999)).toEqual({ at: 501, unseenUntil: 200 });
});
