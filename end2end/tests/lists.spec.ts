// The pages of a list that goes on: links there and back, with and without JavaScript.
import type { Page } from '@playwright/test';
import { expect, picture, test } from '../fixtures/athanor';
import { said, speak } from '../fixtures/language';

const pages = (page: Page) => page.getByRole('navigation', { name: 'Pages', exact: true });
const links = (page: Page) => pages(page).getByRole('link');
const names = (page: Page) => page.locator('table.jobs tbody .job-name a');

test('a list that goes on has pages, to which the browser goes back', async ({ page, person, baseURL }) => {
  void person;
  for (let number = 1; number <= 101; number += 1) {
    const made = await page.request.post('/api/experiments', { headers: { origin: baseURL! }, data: { name: `number ${number}` } });
    expect(made.status()).toBe(201);
  }
  await page.goto('/experiments?of=all');
  await expect(names(page)).toHaveCount(50);
  await expect(names(page).first()).toHaveText('number 101');
  await expect(links(page)).toHaveText(['Older']);
  await expect(links(page)).toHaveAttribute('rel', 'next');
  await picture(page, 'list-pages');
  await links(page).click();
  await expect(page).toHaveURL(/\?of=all&cursor=[\w-]+$/);
  await expect(names(page).first()).toHaveText('number 51');
  await expect(links(page)).toHaveText(['Newer', 'Older']);
  await expect(links(page).first()).toHaveAttribute('rel', 'prev');
  const second = page.url();
  await links(page).last().click();
  await expect(names(page)).toHaveText(['number 1']);
  await expect(links(page)).toHaveText(['Newer']);

  await links(page).click();
  await expect(names(page).first()).toHaveText('number 51');
  await expect(page).toHaveURL(second);
  await links(page).first().click();
  await expect(names(page).first()).toHaveText('number 101');
  await expect(page).toHaveURL('/experiments?of=all');
  for (const first of ['number 51', 'number 1', 'number 51', 'number 101']) {
    await page.goBack();
    await expect(names(page).first()).toHaveText(first);
  }
  await page.goForward();
  await expect(names(page).first()).toHaveText('number 51');
});

test('one page has no links to others, and a place that is none is said to be so', async ({ page, person, baseURL }) => {
  void person;
  const sentence = 'Use next_cursor of the page before, of the same list.';
  for (const path of ['/datasets', '/models', '/experiments']) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(pages(page)).toHaveCount(0);
    await page.goto(`${path}?cursor=x`);
    await expect(page.getByRole('alert')).toContainText(sentence);
  }
  await speak(page, baseURL!, 'fa');
  await page.goto('/models?cursor=x');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(said('Models', 'fa'));
  await expect(page.getByRole('alert')).toContainText('next_cursor صفحهٔ پیش از همان فهرست');
});
