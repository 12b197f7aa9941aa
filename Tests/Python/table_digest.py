"""The digest of rows (docs/reference/digests.md) once more, value by value, from the description."""
import datetime
import decimal
import fractions
import struct

MASK = 2**64 - 1
K = 0x9E3779B97F4A7C15
PRIMES = [0, 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5]
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def rotated(word, bits):
    return (word << bits | word >> (64 - bits)) & MASK


def xxh64(data):
    """XXH64 with seed 0, by xxHash's specification."""
    _, p1, p2, p3, p4, p5 = PRIMES

    def round_(lane, word):
        return rotated((lane + word * p2) & MASK, 31) * p1 & MASK

    position = 0
    if len(data) >= 32:
        lanes = [(p1 + p2) & MASK, p2, 0, -p1 & MASK]
        while position + 32 <= len(data):
            for lane, word in enumerate(struct.unpack_from("<4Q", data, position)):
                lanes[lane] = round_(lanes[lane], word)
            position += 32
        hash_ = sum(rotated(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18))) & MASK
        for lane in lanes:
            hash_ = ((hash_ ^ round_(0, lane)) * p1 + p4) & MASK
    else:
        hash_ = p5
    hash_ = (hash_ + len(data)) & MASK
    while position + 8 <= len(data):
        hash_ = (rotated(hash_ ^ round_(0, struct.unpack_from("<Q", data, position)[0]), 27) * p1 + p4) & MASK
        position += 8
    if position + 4 <= len(data):
        hash_ = (rotated(hash_ ^ struct.unpack_from("<I", data, position)[0] * p1 & MASK, 23) * p2 + p3) & MASK
        position += 4
    for byte in data[position:]:
        hash_ = rotated(hash_ ^ byte * p5 & MASK, 11) * p1 & MASK
    hash_ = (hash_ ^ hash_ >> 33) * p2 & MASK
    hash_ = (hash_ ^ hash_ >> 29) * p3 & MASK
    return hash_ ^ hash_ >> 32


def m(number):
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 & MASK
    number = (number ^ number >> 27) * 0x94D049BB133111EB & MASK
    return number ^ number >> 31


def word(value):
    if value is None or value != value:
        return 0
    if isinstance(value, bool):
        return m(value ^ 5 * K & MASK)
    if isinstance(value, (int, float, decimal.Decimal)):
        if abs(value) != float("inf"):
            exact = fractions.Fraction(value)
            if exact.denominator == 1 and -2**63 <= exact < 2**63:
                return m(int(exact) & MASK ^ K)
            if exact.denominator == 1 and exact < 2**64:
                return m(int(exact) ^ 2 * K & MASK)
        if isinstance(value, float):
            return m(struct.unpack("<Q", struct.pack("<d", value))[0] ^ 3 * K & MASK)
        sign, digits, exponent = value.normalize().as_tuple()
        unscaled = int("".join(map(str, digits))) * (-1 if sign else 1) * 10 ** max(exponent, 0)
        exponent = min(exponent, 0)
        return m(m(m(unscaled & MASK ^ 4 * K & MASK) ^ unscaled >> 64 & MASK) ^ -exponent)
    if isinstance(value, str):
        return m(xxh64(value.encode()) ^ 6 * K & MASK)
    if isinstance(value, bytes):
        return m(xxh64(value) ^ 7 * K & MASK)
    if isinstance(value, datetime.datetime):
        return m((value - EPOCH) // datetime.timedelta(microseconds=1) & MASK ^ 8 * K & MASK)
    if isinstance(value, list):
        result = m(len(value) ^ 10 * K & MASK)
        for element in value:
            result = m(rotated(result, 5) ^ word(element))
        return result
    raise TypeError(type(value))


def column_digest(values):
    return f"{xxh64(b''.join(struct.pack('<Q', word(value)) for value in values)):016x}"


def digest(columns):
    """The digest of a dict of columns of Python values."""
    data, rows = b"", 0
    for name, values in columns.items():
        rows = len(values)
        data += struct.pack("<Q", len(name.encode())) + name.encode() + column_digest(values).encode()
    return f"t1-{xxh64(data + struct.pack('<Q', rows)):016x}"
