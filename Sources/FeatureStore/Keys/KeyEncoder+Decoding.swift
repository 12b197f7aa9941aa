import Columnar

extension KeyEncoder {
    /// The values of an encoded key; nil if the bytes are not such a key.
    func decode(_ bytes: UnsafeRawBufferPointer) -> [Value]? {
        var position = 0
        var values: [Value] = []
        for type in types {
            switch type {
            case .bool:
                guard position < bytes.count, bytes[position] < 2 else { return nil }
                values.append(.bool(bytes[position] == 1))
                position += 1
            case .int32:
                guard position + 4 <= bytes.count else { return nil }
                let word = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
                values.append(.int(Int64(Int32(bitPattern: word ^ (1 << 31)))))
                position += 4
            case .int64:
                guard position + 8 <= bytes.count else { return nil }
                let word = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
                values.append(.int(Int64(bitPattern: word ^ (1 << 63))))
                position += 8
            default:
                guard let text = Self.unescape(bytes, from: &position) else { return nil }
                values.append(type == .string ? .string(String(decoding: text, as: UTF8.self)) : .bytes(text))
            }
        }
        return position == bytes.count ? values : nil
    }

    private static func unescape(_ bytes: UnsafeRawBufferPointer, from position: inout Int) -> [UInt8]? {
        var text: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == 0 else {
                text.append(byte)
                position += 1
                continue
            }
            guard position + 1 < bytes.count else { return nil }
            switch bytes[position + 1] {
            case 0xff: text.append(0)
            case 0x01:
                position += 2
                return text
            default: return nil
            }
            position += 2
        }
        return nil
    }
}
