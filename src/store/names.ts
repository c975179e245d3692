import type { Database } from 'better-sqlite3';
import type { Probe } from '../probe/probe.ts';
import type { Run } from '../probe/sample.ts';

/** Numbers that stand for names, so that a row a minute stays short. */
export interface Names {
  /** Of a check's target; a route counts as the target of its own kind. */
  target(of: Pick<Run, 'system' | 'check' | 'target'>): number;
  route(of: Probe): number;
}

export function createNames(db: Database): Names {
  const findTarget = db
    .prepare<[string, string, string], number>(
      'SELECT n FROM targets WHERE system = ? AND check_name = ? AND target = ?',
    )
    .pluck();
  const addTarget = db.prepare('INSERT INTO targets (system, check_name, target) VALUES (?, ?, ?)');
  const findRoute = db
    .prepare<[string, string, string, string], number>(
      "SELECT n FROM routes WHERE system = ? AND route = ? AND kind = ? AND ifnull(mailbox, '') = ?",
    )
    .pluck();
  const addRoute = db.prepare('INSERT INTO routes (system, route, kind, mailbox) VALUES (?, ?, ?, ?)');
  return {
    target: ({ system, check, target }) =>
      findTarget.get(system, check, target) ?? Number(addTarget.run(system, check, target).lastInsertRowid),
    route: ({ system, route, kind, mailbox }) =>
      findRoute.get(system, route, kind, mailbox ?? '') ??
      Number(addRoute.run(system, route, kind, mailbox).lastInsertRowid),
  };
}
