import { formatCount } from '../../state/format.ts';
import { IMPORT_REFUSALS_MAX } from '../../state/limits.ts';
import { t } from '../../strings/language.ts';
import { useSite } from '../site-context.ts';

/** What came of reading a file, until it is closed. */
export function HistoryReport() {
  const { history } = useSite();
  const report = history.report.value;
  return (
    <div role="status">
      {report === undefined ? null : (
        <div class="history-report" data-testid="history-report">
          <p>
            <strong>{t('conversations.report.title', { name: report.name })}</strong>
          </p>
          {'failure' in report ? <p>{report.failure}</p> : <Counts report={report} />}
          <button
            type="button"
            class="button button-small"
            onClick={() => {
              history.report.value = undefined;
            }}
          >
            {t('conversations.report.close')}
          </button>
        </div>
      )}
    </div>
  );
}

type Counted = Exclude<
  NonNullable<ReturnType<typeof useSite>['history']['report']['value']>,
  { readonly failure: string }
>;

function Counts({ report }: { readonly report: Counted }) {
  const counts = {
    added: report.addedCount,
    extended: report.extendedCount,
    known: report.knownCount,
  };
  const said = (['added', 'extended', 'known'] as const).filter((kind) => counts[kind] > 0);
  const { refused } = report;
  if (said.length === 0 && refused.length === 0) return <p>{t('conversations.report.nothing')}</p>;
  return (
    <>
      {said.map((kind) => (
        <p key={kind}>
          {t(`conversations.report.${kind}`, {
            count: counts[kind],
            total: formatCount(counts[kind]),
          })}
        </p>
      ))}
      {report.hasOthers ? <p>{t('conversations.report.elsewhere')}</p> : null}
      {refused.length === 0 ? null : (
        <>
          <p>
            {t('conversations.report.refused', {
              count: refused.length,
              total: formatCount(refused.length),
            })}
          </p>
          <ul class="history-refused">
            {refused.slice(0, IMPORT_REFUSALS_MAX).map(({ title, why }, index) => (
              <li key={index}>{t('conversations.report.quoted', { title, why })}</li>
            ))}
            {refused.length > IMPORT_REFUSALS_MAX ? (
              <li>
                {t('conversations.report.moreRefused', {
                  total: formatCount(refused.length - IMPORT_REFUSALS_MAX),
                })}
              </li>
            ) : null}
          </ul>
        </>
      )}
    </>
  );
}
