// Pictures: uploaded as a zip, looked at, trained on, and asked about, on the server and in the browser.
import { bitmap, shapes } from '../fixtures/images';
import { expect, picture, test } from '../fixtures/athanor';

test('from a zip of pictures to what one of them shows', async ({ page, person, context }) => {
  void person;
  await page.goto('/datasets');
  await page.getByLabel('File').setInputFiles({ name: 'shapes.zip', mimeType: 'application/zip', buffer: shapes(60) });
  await page.getByRole('button', { name: 'Upload' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'shapes' })).toBeVisible();
  await expect(page.getByText('120 rows')).toBeVisible();
  const first = page.locator('.pictures img').first();
  await expect.poll(() => first.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
  await picture(page, 'dataset-images');

  await page.getByRole('link', { name: 'Train on this' }).click();
  await page.getByText('Advanced').click();
  await picture(page, 'train-images');
  await page.getByLabel('Epochs').fill('8');
  await page.getByLabel('Batch size').fill('8');
  await page.getByRole('button', { name: 'Start training' }).click();
  await page.getByRole('link', { name: 'Use the model' }).click({ timeout: 60_000 });
  await expect(page).toHaveURL(/\/models\/[0-9a-f-]{36}/);

  const ask = async (shape: 'circle' | 'square', seed: number) => {
    await page.getByLabel('Image').setInputFiles({ name: 'one.bmp', mimeType: 'image/bmp', buffer: bitmap(shape, seed) });
    return page.getByTestId('prediction').innerText();
  };
  const told = await ask('circle', 901);
  expect(told).toContain('circle');
  await expect(page.getByAltText('The image that was asked about')).toBeVisible();
  await page.getByLabel('Run in this browser').check();
  await expect(page.getByText('On: answers come from this page')).toBeVisible();
  await context.setOffline(true);
  await ask('square', 902);
  await expect(page.getByTestId('prediction').locator('.prediction-value')).toHaveText('square');
  await picture(page, 'model-images');
  await ask('circle', 901);
  await expect(page.getByTestId('prediction'), 'as on the server').toHaveText(told, { useInnerText: true });
  await page.getByLabel('Image').setInputFiles({ name: 'no.png', mimeType: 'image/png', buffer: Buffer.from('no image') });
  await expect(page.getByRole('alert')).toBeVisible();
  await context.setOffline(false);
});
