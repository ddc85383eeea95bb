/** Which columns are shown, in which order. */
export interface ColumnsDialog {
  readonly kind: 'columns';
  readonly index: number;
  readonly columns: readonly { readonly name: string; readonly shown: boolean }[];
}
