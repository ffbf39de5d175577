// Names of the chains that do not depend on the input.

/** raw: exemptions from the check for spoofed sources. */
export const RPF_SKIP = 'cali-rpf-skip'
/** raw: packets that come in outside the tunnel. */
export const WIREGUARD_MARK = 'cali-wireguard-incoming-mark'

export const FROM_HOST_ENDPOINT = 'cali-from-host-endpoint'
export const TO_HOST_ENDPOINT = 'cali-to-host-endpoint'
export const FROM_HOST_FORWARD = 'cali-from-hep-forward'
export const TO_HOST_FORWARD = 'cali-to-hep-forward'
export const FROM_WORKLOAD_DISPATCH = 'cali-from-wl-dispatch'
export const TO_WORKLOAD_DISPATCH = 'cali-to-wl-dispatch'
export const WORKLOAD_TO_HOST = 'cali-wl-to-host'
export const FAILSAFE_IN = 'cali-failsafe-in'
export const FAILSAFE_OUT = 'cali-failsafe-out'

/** filter: service addresses that nothing answers for. */
export const CIDR_BLOCK = 'cali-cidr-block'
/** mangle: DSCP values on what leaves the cluster. */
export const EGRESS_DSCP = 'cali-egress-dscp'

export const FLOATING_DNAT = 'cali-fip-dnat'
export const FLOATING_SNAT = 'cali-fip-snat'
export const NAT_OUTGOING = 'cali-nat-outgoing'

/** filter, under IPVS only. */
export const FORWARD_CHECK = 'cali-forward-check'
export const FORWARD_ENDPOINT_MARK = 'cali-forward-endpoint-mark'
export const SET_ENDPOINT_MARK = 'cali-set-endpoint-mark'
export const FROM_ENDPOINT_MARK = 'cali-from-endpoint-mark'
