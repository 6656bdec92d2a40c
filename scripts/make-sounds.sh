#!/bin/sh
# Renews the built-in messages in dialer/sounds (8 kHz, mono, 16 bit). Needs espeak-ng and sox.
set -eu
cd "$(dirname "$0")/../dialer/sounds"
say() {
    espeak-ng -v "$2" -s "$3" --stdout "$4" | sox -q -t wav - -r 8000 -c 1 -b 16 "$1" highpass 250 gain -n -4 pad 0.1 0.2
}
say safe_harbour_en.wav en-gb 150 "Hello. We called you, but all our colleagues are speaking to other people at this moment. We are sorry to have disturbed you. You need not do anything. Goodbye."
say safe_harbour_zh.wav cmn 210 "您好，刚才给您打了电话，但是现在没有空闲的工作人员。打扰您了，非常抱歉。再见。"
sox -q -n -r 8000 -c 1 -b 16 beep.wav synth 0.18 sine 1000 fade h 0.01 0.18 0.02 gain -9
