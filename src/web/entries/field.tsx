import type { Child } from 'hono/jsx';

export interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
  readonly value?: string | undefined;
  readonly required?: boolean;
}

/** A line of text with its label, and what is wrong with it beside it. */
export function TextField({
  type = 'text',
  autocomplete = 'off',
  ...props
}: FieldProps & { readonly type?: 'text' | 'password'; readonly autocomplete?: string }) {
  return (
    <Labelled {...props}>
      <input
        id={`field-${props.name}`}
        name={props.name}
        type={type}
        value={props.value ?? ''}
        autocomplete={autocomplete}
        maxlength={2_000}
        {...attributesOf(props)}
      />
    </Labelled>
  );
}

/** One of a few words. */
export function ChoiceField({
  options,
  empty,
  ...props
}: FieldProps & { readonly options: readonly (readonly [value: string, label: string])[]; readonly empty: string }) {
  return (
    <Labelled {...props}>
      <select id={`field-${props.name}`} name={props.name} {...attributesOf(props)}>
        <option value="">{empty}</option>
        {options.map(([value, label]) => (
          <option value={value} selected={value === props.value}>
            {label}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

function Labelled({ name, label, hint, error, children }: FieldProps & { readonly children?: Child }) {
  return (
    <div class="field">
      <label for={`field-${name}`}>{label}</label>
      {children}
      {hint !== undefined && (
        <span class="hint" id={`hint-${name}`}>
          {hint}
        </span>
      )}
      {error !== undefined && (
        <span class="error" id={`error-${name}`}>
          {error}
        </span>
      )}
    </div>
  );
}

function attributesOf({ name, hint, error, required }: FieldProps): Record<string, string | boolean> {
  const described = [
    ...(error === undefined ? [] : [`error-${name}`]),
    ...(hint === undefined ? [] : [`hint-${name}`]),
  ].join(' ');
  return {
    ...(described === '' ? {} : { 'aria-describedby': described }),
    ...(error === undefined ? {} : { 'aria-invalid': 'true' }),
    ...(required === true ? { required: true } : {}),
  };
}
