// Lines of packets that a kernel traced, in the three dialects of the tools.

/** As the tools print them: recorded from iptables 1.8.9, nft 1.0.6 and a kernel, with these names and addresses. */
export const TRACED = {
  kernel: (...rules: readonly string[]): string =>
    rules
      .map(
        rule =>
          `Nov 24 10:00:00 node-1 kernel: [1.5] TRACE: ${rule} IN=eth0 OUT=${rule.startsWith('raw') ? '' : 'cali468066a8ae1'} MAC=02:00 SRC=198.51.100.7 DST=10.65.0.20 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=31360 DF PROTO=TCP SPT=40000 DPT=80 WINDOW=64240 RES=0x00 SYN URGP=0 \n`,
      )
      .join(''),
  xtables: `PACKET: 2 73377de3 IN=eth0 MACSRC=2:0:0:0:0:1 SRC=198.51.100.7 DST=10.65.0.20 LEN=60 TOS=0x0 TTL=63 ID=31360 DF SPORT=40000 DPORT=80 SYN
 TRACE: 2 73377de3 raw:PREROUTING:rule:0x4:CONTINUE  -4 -t raw -A PREROUTING -p tcp -m tcp --dport 80 -j TRACE
 TRACE: 2 73377de3 raw:PREROUTING:policy:ACCEPT
PACKET: 2 73377de3 IN=eth0 OUT=cali468066a8ae1 SRC=198.51.100.7 DST=10.65.0.20 LEN=60 TOS=0x0 TTL=63 ID=31360 DF SPORT=40000 DPORT=80 SYN
 TRACE: 2 73377de3 filter:FORWARD:rule:0x5:JUMP:cali-FORWARD  -4 -t filter -A FORWARD -m comment --comment "cali:wUHhoiAYhphO9Mso" -j cali-FORWARD
 TRACE: 2 73377de3 filter:cali-tw-cali468066a8ae1:rule:0x31:DROP  -4 -t filter -A cali-tw-cali468066a8ae1 -m comment --comment "cali:nvNlHrL7GpJwxJ8n" -m comment --comment "End of tier default. Drop if no policies passed packet" -m mark --mark 0x0/0x20000 -j DROP
`,
  nft: `trace id 73377de3 ip raw PREROUTING packet: iif "eth0" ether saddr 02:00:00:00:00:01 ether daddr 02:00:00:00:00:02 ip saddr 198.51.100.7 ip daddr 10.65.0.20 ip dscp cs0 ip ecn not-ect ip ttl 63 ip id 31360 ip length 60 tcp sport 40000 tcp dport 80 tcp flags == syn tcp window 65495
trace id 73377de3 ip raw PREROUTING rule tcp dport 80 counter packets 0 bytes 0 meta nftrace set 1 (verdict continue)
trace id 73377de3 ip raw PREROUTING policy accept
trace id 73377de3 ip filter FORWARD packet: iif "eth0" oif "cali468066a8ae1" ip saddr 198.51.100.7 ip daddr 10.65.0.20 ip dscp cs0 ip ecn not-ect ip ttl 63 ip id 31360 ip length 60 tcp sport 40000 tcp dport 80 tcp flags == syn tcp window 65495
trace id 73377de3 ip filter FORWARD rule  counter packets 0 bytes 0 jump cali-FORWARD (verdict jump cali-FORWARD)
trace id 73377de3 ip filter cali-tw-cali468066a8ae1 rule meta mark & 0x00020000 == 0x00000000  counter packets 0 bytes 0 drop (verdict drop)
`,
} as const
