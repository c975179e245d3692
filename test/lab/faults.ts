import { createMailFaults, type MailFaults } from './mail-faults.ts';
import { createServerFaults, type ServerFaults, type ServerFaultParts } from './server-faults.ts';
import { createPortFaults } from './port-faults.ts';
import type { PolicyRule } from './policy.ts';
import type { LabPorts } from './lab.ts';

/** Switches the fault off; harmless the second time. */
export type Undo = () => Promise<void>;

export interface PortFaultSwitches {
  /** New connections are refused and open ones reset at their next packet. */
  refusePort(port: keyof LabPorts): Promise<Undo>;
  /** A black hole: nothing that is sent to this port arrives, on new connections and on open ones. */
  dropPort(port: keyof LabPorts): Promise<Undo>;
  /** The same at ::1, where nobody listens and a connection is refused otherwise. */
  dropPortOverIpv6(port: keyof LabPorts): Promise<Undo>;
}

/** Each fault is on when its promise is fulfilled, and off when that of its Undo is. */
export interface Faults extends MailFaults, ServerFaults, PortFaultSwitches {
  /** Switches every fault off, the last one first. */
  clear(): Promise<void>;
}

export interface FaultParts extends ServerFaultParts {
  readonly rules: Set<PolicyRule>;
  readonly aliases: Map<string, string>;
  /** Of the lab's own nft table. */
  readonly table: string;
}

/** All faults of one lab, and the list of those that are on. */
export function createFaults(parts: FaultParts): Faults {
  const undos = new Set<Undo>();

  function track(switchOff: () => Promise<void> | void): Undo {
    const undo = async (): Promise<void> => {
      if (undos.delete(undo)) await switchOff();
    };
    undos.add(undo);
    return undo;
  }

  async function clear(): Promise<void> {
    for (const undo of [...undos].reverse()) await undo();
  }

  return {
    ...createMailFaults(parts, track),
    ...createServerFaults(parts, track),
    ...createPortSwitches(parts, track),
    clear,
  };
}

export type Track = (switchOff: () => Promise<void> | void) => Undo;

function createPortSwitches({ ports, table }: FaultParts, track: Track): PortFaultSwitches {
  const portFaults = createPortFaults(table);
  return {
    refusePort: async (port) => {
      portFaults.set(ports[port], 'refused');
      return track(() => portFaults.clear(ports[port]));
    },
    dropPort: async (port) => {
      portFaults.set(ports[port], 'dropped');
      return track(() => portFaults.clear(ports[port]));
    },
    dropPortOverIpv6: async (port) => {
      portFaults.set(ports[port], 'dropped-ipv6');
      return track(() => portFaults.clear(ports[port]));
    },
  };
}
