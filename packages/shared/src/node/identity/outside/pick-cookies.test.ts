import { expect, it } from 'vitest';
import { pickCookies } from './pick-cookies.js';

const names = new Set(['sid', 'sid.sig']);

it.each([
  [undefined, undefined],
  ['', undefined],
  ['theme=dark', undefined],
  ['sid', undefined],
  ['=sid', undefined],
  ['xsid=1; sidx=2; SID=3', undefined],
  ['sid=1', 'sid=1'],
  ['storm_access=secret; sid=a=b; theme=dark;sid.sig="x"', 'sid=a=b; sid.sig="x"'],
  ['sid=first; sid=second', 'sid=first; sid=second'],
])('of %j picks %j', (header, picked) => {
  expect(pickCookies(header, names)).toBe(picked);
});

it('picks none where none are named', () => {
  expect(pickCookies('sid=1; =2', new Set())).toBeUndefined();
});
