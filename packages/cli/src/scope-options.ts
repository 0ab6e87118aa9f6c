import { Option } from 'commander';

/** The flag `--filter` of `search`, `eval` and `tune`. */
export function filterOption(): Option {
  return new Option('--filter <json>', 'condition on the payload, in the portable filter language');
}

/** Their flag `--tenant`. */
export function tenantOption(): Option {
  return new Option('--tenant <name>', 'tenant whose passages are searched, if the source separates tenants');
}
