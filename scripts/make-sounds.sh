#!/bin/sh
# Renews the built-in messages in dialer/sounds (8 kHz, mono, 16 bit). Needs espeak-ng and sox.
set -eu
cd "$(dirname "$0")/../dialer/sounds"
say() {
    espeak-ng -v "$2" -s "$3" --stdout "$4" | sox -q -t wav - -r 8000 -c 1 -b 16 "$1" gain -3 highpass 250 gain -n -4 silence 1 0.01 1% pad 0.02 0.2
}
sorry_en="Hello. We called you, but all our colleagues are speaking to other people at this moment. We are sorry to have disturbed you."
# In pinyin: Debian's espeak-ng has no dictionary for the characters and would spell them.
# 您好，刚才给您打了电话，但是现在没有空闲的工作人员。打扰您了，非常抱歉。
sorry_zh="nin2 hao3, gang1 cai2 gei3 nin2 da3 le5 dian4 hua4, dan4 shi4 xian4 zai4 mei2 you3 kong4 xian2 de5 gong1 zuo4 ren2 yuan2. da3 rao3 nin2 le5, fei1 chang2 bao4 qian4."
say safe_harbour_en.wav en-gb 150 "$sorry_en You need not do anything. Goodbye."
# 再见。
say safe_harbour_zh.wav cmn-latn-pinyin 180 "$sorry_zh zai4 jian4."
say safe_harbour_key_en.wav en-gb 150 "$sorry_en If you do not want to be called again, please press nine now."
# 如果您不希望再接到来电，请现在按九。
say safe_harbour_key_zh.wav cmn-latn-pinyin 180 "$sorry_zh ru2 guo3 nin2 bu4 xi1 wang4 zai4 jie1 dao4 lai2 dian4, qing3 xian4 zai4 an4 jiu3."
say opted_out_en.wav en-gb 150 "Thank you. We will not call you again. Goodbye."
# 谢谢，我们不会再给您打电话。再见。
say opted_out_zh.wav cmn-latn-pinyin 180 "xie4 xie5, wo3 men5 bu2 hui4 zai4 gei3 nin2 da3 dian4 hua4. zai4 jian4."
sox -q -n -r 8000 -c 1 -b 16 beep.wav synth 0.18 sine 1000 fade h 0.01 0.18 0.02 gain -9
