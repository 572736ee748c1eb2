import { useDesk } from '../desk.js';
import { ago } from '../state/format.js';
import type { WhyJson } from '../state/wire.js';
import { Card } from './card.js';

/** The recorded reason of a decision, with how many hosts each filter left out. */
export function WhyCard({ title, why }: { readonly title: string; readonly why: WhyJson }) {
  const { clock } = useDesk();
  const { reason, text, atMs, filters } = why;
  return (
    <Card title={title} class="why" aside={<span class="muted">{ago(atMs, clock.value)}</span>}>
      <p class="why-text">{text}</p>
      <p>
        <code>{reason}</code>
      </p>
      {filters.length > 0 && (
        <table class="plain">
          <caption>Hosts left out, by what left them out</caption>
          <thead>
            <tr>
              <th scope="col">Reason</th>
              <th scope="col" class="number">
                Hosts
              </th>
            </tr>
          </thead>
          <tbody>
            {filters.map((filter) => (
              <tr key={filter.reason}>
                <td>
                  <code>{filter.reason}</code>
                </td>
                <td class="number">{filter.hosts}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}
