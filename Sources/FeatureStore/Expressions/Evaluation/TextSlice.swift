import Columnar

/// The bytes of a text in a register; they belong to a column, to the program or to the frame's arena.
struct TextSlice {
    var base: UnsafeRawPointer
    var count: Int

    static var empty: TextSlice { TextSlice(Buffer.empty.bytes) }

    init(base: UnsafeRawPointer, count: Int) {
        self.base = base
        self.count = count
    }

    init(_ bytes: UnsafeRawBufferPointer) {
        base = bytes.baseAddress ?? Buffer.empty.base
        count = bytes.count
    }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }
    var string: String { String(decoding: bytes, as: UTF8.self) }
}
