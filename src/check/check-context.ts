import type { AgentSettings, CheckSettings, SystemSettings } from '../config/settings.ts';
import type { CheckTools } from './visit.ts';

/** What the checks of one kind are made from. */
export interface CheckContext {
  readonly system: SystemSettings;
  readonly agent: AgentSettings;
  readonly settings: CheckSettings;
  readonly tools: CheckTools;
}
