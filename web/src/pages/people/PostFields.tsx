import { Select } from 'antd';
import type { ReactNode } from 'react';

import type { Schema } from '@/api/client';
import { rightName } from '@/shell/rights';
import { Field, useTexts, useWords } from '@/ui';

import { peopleTexts } from './texts';

type Props = {
  roles: readonly Schema<'RoleShown'>[];
  units: readonly Schema<'Unit'>[];
  role: string | undefined;
  unit: string;
  onRole: (role: string) => void;
  onUnit: (unit: string) => void;
  roleError?: string | undefined;
  unitError?: string | undefined;
};

/** A role and the unit over which it reaches; beside them, what the role may do. */
export function PostFields(props: Props): ReactNode {
  const texts = useTexts(peopleTexts);
  const words = useWords();
  const chosen = props.roles.find((role) => role.code === props.role);
  return (
    <>
      <Field label={texts.role} error={props.roleError} hint={chosen === undefined ? undefined : chosen.rights.map((right) => words(rightName(right))).join(texts.between)}>
        <Select
          value={props.role ?? null}
          placeholder={texts.role}
          options={props.roles.map((role) => ({ value: role.code, label: words(role.name) }))}
          onChange={(role: string | null) => role !== null && props.onRole(role)}
        />
      </Field>
      <Field label={texts.unit} error={props.unitError}>
        <Select
          value={props.unit}
          showSearch
          options={props.units.map((unit) => ({ value: unit.code, label: unit.parent == null ? texts.bureau : unit.code }))}
          onChange={props.onUnit}
        />
      </Field>
    </>
  );
}
