import { t } from '../strings/language.ts';

/** A drawing, not data: a question passing through blocks that three tabs hold. */
export function HeroChain() {
  return (
    <figure class="hero-chain" aria-hidden="true">
      <div class="hero-bubble hero-question">{t('home.drawing.question')}</div>
      <div class="hero-tabs">
        {DRAWN_TABS.map((tab, index) => (
          <div key={tab.name} class={`hero-tab stage-${index}`}>
            <div class="hero-tab-bar">
              <i />
              <i />
              <i />
              <span>{t(`home.drawing.${tab.name}`)}</span>
            </div>
            <div class="hero-blocks">
              {Array.from({ length: tab.blocks }, (_, block) => (
                <b key={block} class={`hero-block hero-delay-${tab.first + block}`} />
              ))}
            </div>
          </div>
        ))}
      </div>
      <div class="hero-bubble hero-answer">
        {t('home.drawing.answer')}
        <span class="hero-caret" />
      </div>
    </figure>
  );
}

const DRAWN_TABS = [
  { name: 'laptop', first: 0, blocks: 3 },
  { name: 'desktop', first: 3, blocks: 4 },
  { name: 'phone', first: 7, blocks: 2 },
] as const;
