import { expect, it } from 'vitest';
import { operations } from '../routes/index.js';
import { docsPage } from './docs-page.js';

it('shows markup in what it lists as text', () => {
  const [first] = operations;
  if (!first) throw new Error('there are no operations');
  const markup = `<script>alert("1")</script> & <img src='x'>`;
  const page = docsPage([{ ...first, summary: markup, path: `/${markup}`, tag: `${first.tag}` }], '/<b>');
  const [, body = ''] = page.split('<body>');
  expect(body).toContain('&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62; &#38; &#60;img src=&#39;x&#39;&#62;');
  expect(body).not.toMatch(/<script|<img|<b>/);
});
