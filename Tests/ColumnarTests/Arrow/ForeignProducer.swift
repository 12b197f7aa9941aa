import CArrowABI
import Foundation

/// An array as another library might lend it, right or wrong, written down by hand.
struct ForeignArrayText {
    var name = "x"
    var format: String
    var flags: Int64 = 2
    var length: Int64
    var nullCount: Int64 = 0
    var offset: Int64 = 0
    var buffers: [[UInt8]?] = []
    var bufferCount: Int64?
    var children: [ForeignArrayText] = []
    /// None or one.
    var dictionary: [ForeignArrayText] = []

    /// A table's rows: a struct of columns.
    static func batch(_ columns: [ForeignArrayText], length: Int64? = nil, offset: Int64 = 0) -> ForeignArrayText {
        ForeignArrayText(
            name: "", format: "+s", length: length ?? columns.first?.length ?? 0, offset: offset, buffers: [nil],
            children: columns)
    }
}

/// The bytes of numbers, as they lie in memory.
func littleEndian<T: BitwiseCopyable>(_ values: [T]) -> [UInt8] { values.withUnsafeBytes(Array.init) }

/// A producer that lends batches through the C stream interface and counts what is released.
///
/// Every structure and buffer has memory of its own, of exactly its size, so that the address sanitizer sees a read
/// beyond the end or after the release.
final class ForeignProducer {
    private(set) var streamsReleased = 0
    private(set) var schemasLent = 0
    private(set) var schemasReleased = 0
    private(set) var batchesLent = 0
    private(set) var batchesReleased = 0
    /// The batch at which `get_next` fails, and what `get_last_error` then says.
    var failingBatch: Int?
    var failure: String? {
        didSet {
            free(failureText)
            failureText = failure.flatMap { strdup($0) }
        }
    }
    private var failureText: UnsafeMutablePointer<CChar>?
    private let batches: [ForeignArrayText]
    private let schema: ForeignArrayText

    init(_ batches: [ForeignArrayText], schema: ForeignArrayText? = nil) {
        self.batches = batches
        self.schema = schema ?? batches.first ?? .batch([])
    }

    /// A stream of one batch with the one column.
    convenience init(column: ForeignArrayText) { self.init([.batch([column])]) }

    deinit { free(failureText) }

    func lend(to target: UnsafeMutablePointer<ArrowArrayStream>) {
        target.initialize(
            to: ArrowArrayStream(
                get_schema: { stream, target in
                    guard let producer = producer(stream), let target else { return EINVAL }
                    producer.schemasLent += 1
                    Lent.schema(producer.schema, by: producer).move(to: target)
                    return 0
                },
                get_next: { stream, target in
                    guard let producer = producer(stream), let target else { return EINVAL }
                    let next = producer.batchesLent
                    if next == producer.failingBatch { return EIO }
                    guard next < producer.batches.count else {
                        target.initialize(to: ArrowArray())
                        return 0
                    }
                    producer.batchesLent += 1
                    Lent.array(producer.batches[next], by: producer).move(to: target)
                    return 0
                },
                get_last_error: { stream in
                    UnsafePointer(producer(stream)?.failureText)
                },
                release: { stream in
                    producer(stream)?.streamsReleased += 1
                    if let owner = stream?.pointee.private_data {
                        Unmanaged<ForeignProducer>.fromOpaque(owner).release()
                    }
                    stream?.pointee.release = nil
                },
                private_data: Unmanaged.passRetained(self).toOpaque()))
    }

    fileprivate func count(releaseOf kind: Lent.Kind) {
        switch kind {
        case .schema: schemasReleased += 1
        case .array: batchesReleased += 1
        }
    }
}

private func producer(_ stream: UnsafeMutablePointer<ArrowArrayStream>?) -> ForeignProducer? {
    stream?.pointee.private_data.map { Unmanaged<ForeignProducer>.fromOpaque($0).takeUnretainedValue() }
}

/// The memory behind one lent structure and all below it: freed when the root is released.
private final class Lent {
    enum Kind {
        case schema
        case array
    }

    private let kind: Kind
    private let producer: ForeignProducer
    private var memory: [UnsafeMutableRawPointer] = []
    private var schema = ArrowSchema()
    private var array = ArrowArray()

    private init(_ kind: Kind, by producer: ForeignProducer) {
        self.kind = kind
        self.producer = producer
    }

    deinit {
        for block in memory { free(block) }
        producer.count(releaseOf: kind)
    }

    static func schema(_ text: ForeignArrayText, by producer: ForeignProducer) -> Lent {
        let lent = Lent(.schema, by: producer)
        lent.schema = lent.makeSchema(text)
        return lent
    }

    static func array(_ text: ForeignArrayText, by producer: ForeignProducer) -> Lent {
        let lent = Lent(.array, by: producer)
        lent.array = lent.makeArray(text)
        return lent
    }

    func move(to target: UnsafeMutablePointer<ArrowSchema>) {
        target.initialize(to: schema)
        target.pointee.private_data = Unmanaged.passRetained(self).toOpaque()
        target.pointee.release = { schema in
            guard let owner = schema?.pointee.private_data else { return }
            schema?.pointee.release = nil
            Unmanaged<Lent>.fromOpaque(owner).release()
        }
    }

    func move(to target: UnsafeMutablePointer<ArrowArray>) {
        target.initialize(to: array)
        target.pointee.private_data = Unmanaged.passRetained(self).toOpaque()
        target.pointee.release = { array in
            guard let owner = array?.pointee.private_data else { return }
            array?.pointee.release = nil
            Unmanaged<Lent>.fromOpaque(owner).release()
        }
    }

    private func makeSchema(_ text: ForeignArrayText) -> ArrowSchema {
        ArrowSchema(
            format: block(Array(text.format.utf8CString)), name: block(Array(text.name.utf8CString)), metadata: nil,
            flags: text.flags, n_children: Int64(text.children.count),
            children: block(text.children.map { block([makeSchema($0)]) }),
            dictionary: text.dictionary.first.flatMap { block([makeSchema($0)]) }, release: { _ in },
            private_data: nil)
    }

    private func makeArray(_ text: ForeignArrayText) -> ArrowArray {
        let buffers = text.buffers.map { bytes in bytes.map { UnsafeRawPointer(block($0, keepsEmpty: true)) } ?? nil }
        return ArrowArray(
            length: text.length, null_count: text.nullCount, offset: text.offset,
            n_buffers: text.bufferCount ?? Int64(text.buffers.count), n_children: Int64(text.children.count),
            buffers: block(buffers), children: block(text.children.map { block([makeArray($0)]) }),
            dictionary: text.dictionary.first.flatMap { block([makeArray($0)]) }, release: { _ in }, private_data: nil)
    }

    /// A copy of `values` in memory of exactly their size; nil if there are none.
    private func block<T>(_ values: [T], keepsEmpty: Bool = false) -> UnsafeMutablePointer<T>? {
        guard !values.isEmpty || keepsEmpty else { return nil }
        guard let raw = malloc(max(values.count * MemoryLayout<T>.stride, 1)) else { return nil }
        memory.append(raw)
        let typed = raw.bindMemory(to: T.self, capacity: values.count)
        typed.initialize(from: values, count: values.count)
        return typed
    }
}
