import { describe, expect, it } from 'vitest';
import { catalogEntry } from '../testing/catalog-entry.ts';
import { createSiteDouble } from '../testing/site-double.ts';
import { PROMPT_CHARS_MAX, PROMPT_FILES_MAX } from './limits.ts';

const fileOf = (name: string, text: string): File => new File([text], name);

async function open(contextLength = 8_192) {
  const { site, peer } = await createSiteDouble({ entries: [catalogEntry({ contextLength })] });
  return { ...site, peer };
}

describe('the message being written', () => {
  it('goes with its files, and leaves an empty box', async () => {
    const { chat, composer } = await open();
    expect(composer.isReady.value).toBe(false);
    await composer.add([fileOf('a.txt', 'One.')]);
    // A file may go alone.
    expect(composer.isReady.value).toBe(true);
    expect(composer.news.value).toBe('a.txt was added.');
    chat.prompt.value = 'What is it?';
    composer.send();
    expect(chat.turns.value[0]).toMatchObject({
      text: 'What is it?\n\na.txt:\n```txt\nOne.\n```',
    });
    expect([chat.prompt.value, composer.files.value, composer.news.value]).toEqual(['', [], '']);
  });

  it('stays as it is where it cannot be sent', async () => {
    const { chat, composer, peer } = await open();
    chat.changeDraft({ temperature: 'hot' });
    chat.prompt.value = 'Why?';
    await composer.add([fileOf('a.txt', 'One.')]);
    composer.send();
    expect(composer.obstacle.value).toBe('An advanced setting is wrong.');
    expect([chat.prompt.value, composer.files.value.length]).toEqual(['Why?', 1]);
    expect(peer.requests).toEqual([]);
  });

  it('counts with its files, and says what to do when it is too long', async () => {
    const { chat, composer } = await open();
    chat.prompt.value = 'short';
    expect(composer.length.value).toBeUndefined();
    await composer.add([fileOf('a.txt', 'x'.repeat(30_000)), fileOf('b.txt', 'y'.repeat(3_000))]);
    expect(composer.length.value).toMatchObject({ isOver: true, warning: '' });
    expect(composer.obstacle.value).toContain('with its files; this one has 33,0');
    expect(composer.isReady.value).toBe(false);
    const [first] = composer.files.value;
    if (first !== undefined) composer.remove(first);
    expect(composer.length.value).toMatchObject({
      text: '3,025 of 32,000 characters',
      isOver: false,
    });
    expect(composer.obstacle.value).toBe('');
    chat.prompt.value = 'z'.repeat(PROMPT_CHARS_MAX + 1);
    for (const file of composer.files.value) composer.remove(file);
    expect(composer.obstacle.value).toBe(
      'A message may have 32,000 characters; this one has 32,001.',
    );
  });

  it('warns where the model will hardly read all of it', async () => {
    const { chat, composer } = await open(512);
    chat.prompt.value = 'a'.repeat(4_000);
    expect(composer.length.value?.warning).toContain('About 1,000 tokens; Pip reads 512 at most');
  });

  it('says for each file that stays out why, and takes the others', async () => {
    const { composer } = await open();
    await composer.add([fileOf('a.txt', 'One.'), fileOf('e.txt', ''), fileOf('a.txt', 'One.')]);
    expect(composer.files.value).toHaveLength(1);
    expect(composer.problems.value).toEqual(['e.txt is empty.', 'a.txt is here already.']);
    const many = Array.from({ length: PROMPT_FILES_MAX + 3 }, (_, at) => fileOf(`${at}`, `${at}`));
    await composer.add(many);
    expect(composer.files.value).toHaveLength(PROMPT_FILES_MAX);
    expect(composer.problems.value.join(' ')).toContain('a message takes at most 8 files');
    composer.hideProblems();
    expect(composer.problems.value).toEqual([]);
  });
});
