# SPDX-License-Identifier: BSD-2-Clause
"""G.711 audio: makes tones and recognises them (Goertzel), with the standard library alone."""
import math
import os
from array import array

RATE = 8000
FRAME = 160  # samples in 20 ms


def _ulaw_to_linear(code):
    code = ~code & 0xFF
    value = (((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)
    return 0x84 - value if code & 0x80 else value - 0x84


def _alaw_to_linear(code):
    code ^= 0x55
    mantissa, segment = (code & 0x0F) << 4, (code & 0x70) >> 4
    value = mantissa + 8 if segment == 0 else (mantissa + 0x108) << (segment - 1)
    return value if code & 0x80 else -value


# Payload type -> the 256 decoded values (ITU-T G.711: 0 is PCMU, 8 is PCMA).
DECODE = {0: [_ulaw_to_linear(c) for c in range(256)],
          8: [_alaw_to_linear(c) for c in range(256)]}


def _encoder(payload_type):
    """The code of each 16-bit sample >> 4: the nearest of the 256 decoded values."""
    by_value = sorted((value, code) for code, value in enumerate(DECODE[payload_type]))
    table, index = bytearray(4096), 0
    for step in range(4096):
        sample = (step - 2048) * 16
        while (index + 1 < len(by_value) and
               abs(by_value[index + 1][0] - sample) <= abs(by_value[index][0] - sample)):
            index += 1
        table[step] = by_value[index][1]
    return table


_ENCODE = {}


def tone(frequency, seconds, payload_type=8, level=0.3):
    """G.711 bytes of a sine; `level` is the amplitude relative to full scale."""
    table = _ENCODE.setdefault(payload_type, _encoder(payload_type))
    step, amplitude = 2 * math.pi * frequency / RATE, level * 2047
    return bytes(table[2048 + round(amplitude * math.sin(step * n))]
                 for n in range(int(seconds * RATE)))


def tone_file(folder, frequency, seconds, payload_type=8):
    """Writes the tone as a headerless G.711 file and answers its path."""
    path = os.path.join(folder, f"tone-{frequency}-{seconds}.{'ulaw' if payload_type == 0 else 'alaw'}")
    with open(path, "wb") as file:
        file.write(tone(frequency, seconds, payload_type))
    return path


def wav_file(folder, frequency, seconds):
    """Writes the tone as a mono 16-bit WAV file (what baresip plays) and answers its path."""
    path = os.path.join(folder, f"tone-{frequency}.wav")
    samples = array("h", (DECODE[8][c] for c in tone(frequency, seconds, 8))).tobytes()
    header = (b"RIFF" + (36 + len(samples)).to_bytes(4, "little") + b"WAVEfmt " +
              (16).to_bytes(4, "little") + b"\x01\0\x01\0" + RATE.to_bytes(4, "little") +
              (RATE * 2).to_bytes(4, "little") + b"\x02\0\x10\0data" +
              len(samples).to_bytes(4, "little"))
    with open(path, "wb") as file:
        file.write(header + samples)
    return path


def share(payload, payload_type, frequency):
    """Which part (0..1) of the signal's power lies at `frequency`; 0 for silence or no signal.

    Goertzel over blocks of 100 ms, so that a lost packet (a phase jump) spoils one block only; the
    answer is the median block.
    """
    decode, block = DECODE[payload_type], RATE // 10
    shares = []
    coefficient = 2 * math.cos(2 * math.pi * frequency / RATE)
    for start in range(0, len(payload) - block + 1, block):
        samples = [decode[c] for c in payload[start:start + block]]
        power = sum(s * s for s in samples)
        before = last = 0.0
        for sample in samples:
            before, last = last, sample + coefficient * last - before
        at_tone = last * last + before * before - coefficient * last * before
        quiet = power < block * 100 * 100
        shares.append(0.0 if quiet else min(1.0, 2 * at_tone / (block * power)))
    shares.sort()
    return shares[len(shares) // 2] if shares else 0.0
