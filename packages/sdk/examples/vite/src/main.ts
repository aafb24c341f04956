import { Manyhands, ManyhandsError } from '@manyhands/sdk';

const manyhands = new Manyhands({ relay: 'http://localhost:8787' });

const form = document.querySelector('form') as HTMLFormElement;
const output = document.querySelector('output') as HTMLOutputElement;
const models = form.elements.namedItem('model') as HTMLSelectElement;
const stop = form.elements.namedItem('stop') as HTMLButtonElement;

async function ask(question: string): Promise<void> {
  const abort = new AbortController();
  stop.disabled = false;
  stop.onclick = () => abort.abort();
  output.textContent = '';
  try {
    const stream = await manyhands.chat.completions.create(
      { model: models.value, messages: [{ role: 'user', content: question }], stream: true },
      { signal: abort.signal },
    );
    for await (const { choices, manyhands: provenance } of stream) {
      output.textContent += choices[0]?.delta.content ?? '';
      if (provenance) output.title = `Computed by ${provenance.volunteers.length} volunteers`;
    }
    output.dataset.state = 'done';
  } catch (error) {
    if (!(error instanceof ManyhandsError)) throw error;
    output.dataset.state = error.code;
    if (error.code !== 'aborted') output.textContent = error.message;
  } finally {
    stop.disabled = true;
  }
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void ask(String(new FormData(form).get('question')));
});

const { data } = await manyhands.models.list();
for (const { id, manyhands: about } of data) {
  if (about.kind === 'chat') models.add(new Option(about.name, id));
}
