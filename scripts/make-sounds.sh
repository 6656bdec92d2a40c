#!/bin/sh
# Renews the built-in messages in dialer/sounds (8 kHz, mono, 16 bit). Needs espeak-ng and sox.
set -eu
cd "$(dirname "$0")/../dialer/sounds"
say() {
    espeak-ng -v "$2" -s "$3" --stdout "$4" | sox -q -t wav - -r 8000 -c 1 -b 16 "$1" highpass 250 gain -n -4 silence 1 0.01 1% pad 0.02 0.2
}
sorry_en="Hello. We called you, but all our colleagues are speaking to other people at this moment. We are sorry to have disturbed you."
sorry_zh="您好，刚才给您打了电话，但是现在没有空闲的工作人员。打扰您了，非常抱歉。"
say safe_harbour_en.wav en-gb 150 "$sorry_en You need not do anything. Goodbye."
say safe_harbour_zh.wav cmn 240 "${sorry_zh}再见。"
say safe_harbour_key_en.wav en-gb 150 "$sorry_en If you do not want to be called again, please press nine now."
say safe_harbour_key_zh.wav cmn 240 "${sorry_zh}如果您不希望再接到来电，请现在按九。"
say opted_out_en.wav en-gb 150 "Thank you. We will not call you again. Goodbye."
say opted_out_zh.wav cmn 240 "谢谢，我们不会再给您打电话。再见。"
sox -q -n -r 8000 -c 1 -b 16 beep.wav synth 0.18 sine 1000 fade h 0.01 0.18 0.02 gain -9
