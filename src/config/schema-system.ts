import { z } from 'zod';
import { ConfigError } from '../lib/errors.ts';
import { printDuration } from './duration.ts';
import type { Files } from './files.ts';
import { parseContract } from './load-contract.ts';
import { checkChecks, checkMailboxes, checkRoutes } from './schema-across.ts';
import { endpointSchema, mxSchema, submissionSchema, timeout, webmailSchema } from './schema-endpoint.ts';
import { address, choice, duration, line, name, size, whole } from './schema-leaf.ts';
import { eitherOf, passwordKeys, reportUnlessOne } from './schema-secret.ts';
import { needs, report, section } from './schema-section.ts';

const WAYS_IN = ['submission', 'mx', 'imap', 'pop3', 'webmail'] as const;

function mailboxSchema(files: Files) {
  return section({
    name: name('hq').describe('Name in metrics, pages and reports, where no address may stand.'),
    address: address('probe@example.org').describe('Where probes to this mailbox are addressed to.'),
    user: line('the name to log in with such as probe@example.org').optional().describe('Login. Default: address.'),
    ...passwordKeys(files),
    junk: line('the name of a folder such as Junk')
      .nullable()
      .prefault(null)
      .describe(
        'Folder on the server in which misfiled probes are looked for. null: the one that the server marks as \\Junk (RFC 6154), else Junk.',
      ),
    watch: choice(['imap', 'pop3'])
      .optional()
      .describe(
        'How probes are seen to come out. Default: imap where the system has it, else pop3 (no Junk folder there, and a coarser instant).',
      ),
  })
    .superRefine((raw, context) => reportUnlessOne(context, raw, ['password', 'password_file']), needs())
    .transform(({ user, password, password_file, ...raw }) => ({
      ...raw,
      user: user ?? raw.address,
      password: eitherOf(password, password_file),
    }));
}

export const routeSchema = section({
  name: name('hq-inbound').optional().describe('Name in metrics, pages and reports. Default: kind.'),
  kind: choice(['outbound', 'inbound', 'internal']).describe(
    'outbound: submission to the sink of the agent. inbound: as a foreign mail server to the MX, out at a mailbox. internal: submission to a mailbox.',
  ),
  mailbox: name('hq')
    .optional()
    .describe(
      'Mailbox (its name) where the probe comes out. Default: the first. None on outbound, which ends at the sink.',
    ),
  interval: duration({ min: '1s', max: '1d', example: '60s' })
    .optional()
    .describe(
      'A probe is sent this often, whether the last one has come out or not. Default by pace: 60s (own), 300s (hosted).',
    ),
  timeout: timeout(
    '60s',
    '1h',
    'Limit of one attempt to hand a probe over; may be longer than the interval. It does not limit the delay: a probe is watched for as long as watch says.',
  ),
  size: size({ min: '1 B', max: '50MB', example: '2MB' })
    .prefault(600)
    .describe('Size of the whole letter, at least. Larger ones measure what attachments cost.'),
}).transform((raw) => ({ ...raw, name: raw.name ?? raw.kind }));

export const checkSchema = section({
  kind: choice(WAYS_IN).describe('Way in that is visited.'),
  interval: duration({ min: '1s', max: '1d', example: '15s' })
    .optional()
    .describe(
      'A visit is made this often. An outage is known to within one interval at each end. Default by pace: 15s (own), 60s (hosted).',
    ),
  timeout: timeout(
    '30s',
    '10m',
    'Limit of one visit; may be longer than the interval. The second attempt has its own.',
  ),
  mailboxes: z
    .array(name('hq'), { error: 'a list of mailbox names such as [hq]' })
    .min(1, 'at least one mailbox name such as hq')
    .optional()
    .describe(
      'Mailboxes (their names) that are visited over imap and pop3 (default: all), or whose address is asked for over submission and mx (default: the first).',
    ),
});

/** The path of a contract without mistakes: one that turns up when the month is closed turns up too late. */
function contractFile(files: Files) {
  return line('the path of a contract file such as contract.yaml').transform((path, context) => {
    const found = files.read(path);
    const wrong = 'why' in found ? `a contract file that can be read (${found.why})` : mistakeIn(found.text, path);
    if (wrong !== undefined) context.addIssue({ code: 'custom', message: wrong });
    return files.resolve(path);
  });
}

/** The first of them; `mailwitness config check` of the agent's file is not the place to list another's. */
function mistakeIn(text: string, file: string): string | undefined {
  try {
    parseContract(text, { file });
    return undefined;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return `a contract file without mistakes (${error.message.split('\n')[0] ?? ''})`;
  }
}

/** One mail system, complete but for what follows from other parts of the configuration (`derive.ts`). */
export function systemSchema(files: Files) {
  return section({
    name: name('hq').describe(
      'Name in metrics, pages, evidence and reports; a contract is closed for it. Never reuse it for another system.',
    ),
    pace: choice(['own', 'hosted'])
      .prefault('own')
      .describe(
        'own: checks 15s, routes 60s. hosted (Microsoft 365, Gmail and the like, who throttle): checks 60s, routes 300s, a mailbox asked at most once a second.',
      ),
    submission: submissionSchema(files).optional().describe('Where the system takes mail from its users.'),
    mx: mxSchema(files)
      .optional()
      .describe('Where the system takes mail from other mail servers, and who we are as such a one.'),
    imap: endpointSchema(files, 'imap').optional().describe('Where mailboxes are read over IMAP.'),
    pop3: endpointSchema(files, 'pop3').optional().describe('Where mailboxes are read over POP3.'),
    webmail: webmailSchema(files).optional().describe('A web page that users read mail on.'),
    mailboxes: z
      .array(mailboxSchema(files), {
        error: 'a list of mailboxes such as [{ name: hq, address: probe@example.org, password: "${PROBE_PASSWORD}" }]',
      })
      .prefault([])
      .describe('Mailboxes of the system for probes alone. Seen probes are deleted there, nothing else ever is.'),
    routes: z
      .array(routeSchema, { error: 'a list of routes such as [{ kind: inbound, mailbox: hq }]' })
      .optional()
      .describe(
        'Paths that probe mail takes. Default: outbound with submission and agent.sink, inbound with mx and a mailbox, internal with submission and a mailbox.',
      ),
    checks: z
      .array(checkSchema, { error: 'a list of checks such as [{ kind: imap, interval: 15s }]' })
      .optional()
      .describe('Visits to the ways in. Default: one for each way in that is configured above.'),
    reach_within: duration({ min: '1s', example: '1h' })
      .prefault('1h')
      .describe(
        'A route is bad from two consecutive probes that were not out by then. Alerts go by it; a report goes by its contract.',
      ),
    lost_after: duration({ min: '1s', example: '24h' })
      .prefault('24h')
      .describe(
        'A probe that has not come out by then is lost. Mail servers try for days, so a short time calls late mail lost.',
      ),
    watch: duration({ min: '24h', example: '3d' })
      .optional()
      .describe(
        'A probe is looked for this long after it was sent, lost or not, so that a late arrival is recorded. Default: 3d, or lost_after when that is longer.',
      ),
    contract: contractFile(files)
      .optional()
      .describe(
        'Contract file that the months of this system are measured by, relative to this file. Default: the one that ships with the program.',
      ),
    own_mail_limit: whole('a number of letters from 1 to 10000 such as 500', 1, 10_000)
      .prefault(500)
      .describe(
        'Probes that may stay in a mailbox because deleting them fails. With so many there no more are sent to it, and its routes are unmeasured: a full mailbox would break the service.',
      ),
    mailbox_gap: duration({ min: '0s', max: '1m', example: '1s' })
      .optional()
      .describe(
        'Shortest gap between two questions to a mailbox: the precision of the instant at which a probe is seen, against the rate limit of the server. Default by pace: 0s (own), 1s (hosted).',
      ),
    refused_login_wait: duration({ min: '1s', max: '1h', example: '5m' })
      .prefault('5m')
      .describe(
        'Wait before the next login of a user who was refused three times in a row; twice, then three times as long after further refusals. A shorter one knows better when a refusal ends, but gets an agent banned by a server that counts refusals, unless it is excepted there: fail2ban bans at five in ten minutes.',
      ),
  })
    .superRefine((raw, context) => {
      if (WAYS_IN.some((way) => way in raw)) return;
      report(context, [], `at least one way in: one of the keys ${WAYS_IN.join(', ')}`);
    }, needs())
    .superRefine(checkMailboxes, needs())
    .superRefine(checkRoutes, needs())
    .superRefine(checkChecks, needs())
    .superRefine(
      (raw, context) => {
        if (raw.lost_after >= raw.reach_within) return;
        report(
          context,
          ['lost_after'],
          `a duration of at least reach_within, which is ${printDuration(raw.reach_within)}`,
        );
      },
      needs('lost_after', 'reach_within'),
    )
    .superRefine(
      (raw, context) => {
        if (raw.watch === undefined || raw.watch >= raw.lost_after) return;
        report(context, ['watch'], `a duration of at least lost_after, which is ${printDuration(raw.lost_after)}`);
      },
      needs('lost_after', 'watch'),
    );
}
