/// Writes Thrift's compact protocol (thrift-compact-protocol.md). Fields are written in ascending order of id.
struct ThriftWriter {
    let buffer = MutableBuffer()
    private var lastID: Int16 = 0

    mutating func field(_ id: Int16, _ value: Int32) {
        header(id, .int32)
        zigzag(Int64(value))
    }

    mutating func field(_ id: Int16, _ value: Int64) {
        header(id, .int64)
        zigzag(value)
    }

    mutating func field(_ id: Int16, _ value: Int8) {
        header(id, .int8)
        buffer.append(UInt8(bitPattern: value))
    }

    mutating func field(_ id: Int16, _ value: Bool) { header(id, value ? .true : .false) }

    mutating func field(_ id: Int16, _ text: String) {
        header(id, .binary)
        append(text)
    }

    mutating func field(_ id: Int16, bytes: [UInt8]) {
        header(id, .binary)
        varint(UInt64(bytes.count))
        bytes.withUnsafeBytes { buffer.append(contentsOf: $0) }
    }

    mutating func field(_ id: Int16, structure body: (inout ThriftWriter) -> Void) {
        header(id, .structure)
        structure(body)
    }

    mutating func field(_ id: Int16, structures count: Int, _ body: (inout ThriftWriter, Int) -> Void) {
        header(id, .list)
        listHeader(count, .structure)
        for i in 0..<count { structure { body(&$0, i) } }
    }

    mutating func field(_ id: Int16, strings: [String]) {
        header(id, .list)
        listHeader(strings.count, .binary)
        for text in strings { append(text) }
    }

    mutating func field(_ id: Int16, integers: [Int32]) {
        header(id, .list)
        listHeader(integers.count, .int32)
        for number in integers { zigzag(Int64(number)) }
    }

    mutating func field(_ id: Int16, integers: [Int64]) {
        header(id, .list)
        listHeader(integers.count, .int64)
        for number in integers { zigzag(number) }
    }

    mutating func field(_ id: Int16, byteArrays: [[UInt8]]) {
        header(id, .list)
        listHeader(byteArrays.count, .binary)
        for bytes in byteArrays {
            varint(UInt64(bytes.count))
            bytes.withUnsafeBytes { buffer.append(contentsOf: $0) }
        }
    }

    mutating func field(_ id: Int16, booleans: [Bool]) {
        header(id, .list)
        listHeader(booleans.count, .true)
        for bit in booleans { buffer.append(UInt8(bit ? 1 : 2)) }
    }

    /// A structure of its own: the fields, then a stop.
    mutating func structure(_ body: (inout ThriftWriter) -> Void) {
        let outer = lastID
        lastID = 0
        body(&self)
        buffer.append(UInt8(0))
        lastID = outer
    }

    private mutating func header(_ id: Int16, _ kind: ThriftReader.Kind) {
        let delta = id - lastID
        precondition(delta > 0, "fields ascend")
        if delta <= 15 {
            buffer.append(UInt8(delta) << 4 | kind.rawValue)
        } else {
            buffer.append(kind.rawValue)
            zigzag(Int64(id))
        }
        lastID = id
    }

    private mutating func listHeader(_ count: Int, _ kind: ThriftReader.Kind) {
        if count < 15 {
            buffer.append(UInt8(count) << 4 | kind.rawValue)
        } else {
            buffer.append(0xf0 | kind.rawValue)
            varint(UInt64(count))
        }
    }

    private mutating func append(_ text: String) {
        var text = text
        varint(UInt64(text.utf8.count))
        text.withUTF8 { buffer.append(contentsOf: UnsafeRawBufferPointer($0)) }
    }

    private mutating func zigzag(_ value: Int64) { varint(UInt64(bitPattern: value << 1 ^ value >> 63)) }

    private mutating func varint(_ value: UInt64) {
        var value = value
        while value >= 0x80 {
            buffer.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        buffer.append(UInt8(value))
    }
}
