import { Manyhands } from '@manyhands/sdk';
import { createRoot } from 'react-dom/client';
import { useAnswer } from './use-answer.ts';

const manyhands = new Manyhands({ relay: 'http://localhost:8787' });

function App() {
  const { text, state, ask } = useAnswer(manyhands, 'pip-7m');
  return (
    <main>
      <form action={(data) => void ask(String(data.get('question')))}>
        <input name="question" aria-label="Question" defaultValue="What is Manyhands?" required />
        <button type="submit">Ask</button>
      </form>
      <output data-state={state}>{text}</output>
      <p>
        <small>
          Strangers' computers run parts of the model on your text. The people running the layers
          could reconstruct it, and see your IP address. Don't enter anything you wouldn't post in
          public.
        </small>
      </p>
    </main>
  );
}

createRoot(document.getElementById('app') as HTMLElement).render(<App />);
