import CArrowABI
import Testing

@testable import Columnar

@Suite struct ArrowHostileInputTests {
    private static let numbers = ForeignArrayText(format: "l", length: 2, buffers: [nil, littleEndian([Int64(1), 2])])
    private static let strings = ForeignArrayText(
        format: "u", length: 2, buffers: [nil, littleEndian([Int32(0), 1, 2]), [97, 98]])
    /// Two views: one of a long string, one of an empty one.
    private static func view(_ length: Int32, _ buffer: Int32, _ place: Int32) -> [UInt8] {
        littleEndian([length, 0, buffer, place, 0, 0, 0, 0])
    }
    private static let views = ForeignArrayText(
        format: "vu", length: 2,
        buffers: [
            nil, view(13, 0, 0), Array(repeating: 97, count: 13), littleEndian([Int64(13)]),
        ])

    private static func with(
        _ text: ForeignArrayText, _ change: (inout ForeignArrayText) -> Void
    ) -> ForeignArrayText {
        var changed = text
        change(&changed)
        return changed
    }

    /// A part of the message, and the column that must give it.
    private static let refusals: [(String, ForeignArrayText)] = [
        ("is a decimal that is not of 128 bits", with(numbers) { $0.format = "d:70,2,256" }),
        ("is a struct", with(numbers) { $0.format = "+s" }),
        ("is a map", with(numbers) { $0.format = "+m" }),
        ("is a list view", with(numbers) { $0.format = "+vl" }),
        ("is run-end encoded", with(numbers) { $0.format = "+r" }),
        ("is a union", with(numbers) { $0.format = "+us:0,1" }),
        ("is a duration", with(numbers) { $0.format = "tDu" }),
        ("is an interval", with(numbers) { $0.format = "tiM" }),
        ("not known", with(numbers) { $0.format = "" }),
        ("not known", with(numbers) { $0.format = "ll" }),
        ("not known", with(numbers) { $0.format = "tsq:" }),
        ("not known", with(numbers) { $0.format = "tsu" }),
        ("not known", with(numbers) { $0.format = "+w:-1" }),
        ("not known", with(numbers) { $0.format = "w:99999999999" }),
        ("exactly one type of element", with(numbers) { $0.format = "+l" }),
        (
            "more than 8 deep",
            (0..<9).reduce(numbers) { inner, _ in
                ForeignArrayText(format: "+L", length: 0, buffers: [nil, nil], children: [inner])
            }
        ),
        (
            "are no integers",
            with(numbers) {
                $0.format = "g"
                $0.dictionary = [strings]
            }
        ),
        (
            "decode it first",
            with(numbers) {
                $0.dictionary = [ForeignArrayText(format: "+L", length: 0, buffers: [nil, nil], children: [strings])]
            }
        ),
        ("where 2 are needed", with(numbers) { $0.length = 1 }),
        ("cannot be", with(numbers) { $0.length = -1 }),
        ("cannot be", with(numbers) { $0.length = .max }),
        ("cannot be", with(numbers) { $0.offset = -1 }),
        ("cannot be", with(numbers) { $0.offset = .max }),
        ("cannot be", with(numbers) { $0.nullCount = -2 }),
        ("no buffer", with(numbers) { $0.nullCount = 1 }),
        ("no buffer", with(numbers) { $0.buffers[1] = nil }),
        ("has 1 buffers", with(numbers) { $0.buffers = [nil] }),
        ("buffers where", with(numbers) { $0.bufferCount = -1 }),
        ("buffers where", with(numbers) { $0.bufferCount = .max }),
        ("no buffer", with(strings) { $0.buffers[1] = nil }),
        ("no buffer", with(strings) { $0.buffers[2] = nil }),
        ("do not ascend", with(strings) { $0.buffers[1] = littleEndian([Int32(0), 2, 1]) }),
        ("do not ascend", with(strings) { $0.buffers[1] = littleEndian([Int32(-1), 0, 1]) }),
        ("do not ascend", with(strings) { $0.buffers[1] = littleEndian([Int32(0), -1, 1]) }),
        (
            "do not ascend",
            with(strings) {
                $0.format = "U"
                $0.buffers[1] = littleEndian([Int64(0), 1, .max])
            }
        ),
        (
            "do not ascend",
            with(strings) {
                $0.format = "U"
                $0.buffers[1] = littleEndian([Int64.min, 1, .max])
            }
        ),
        (
            "do not ascend",
            with(strings) {
                $0.format = "U"
                $0.buffers[1] = littleEndian([Int64(0), -1, 1])
            }
        ),
        (
            "where 3 are needed",
            ForeignArrayText(
                format: "+L", length: 2, buffers: [nil, littleEndian([Int64(0), 1, 3])], children: [numbers])
        ),
        ("where 6 are needed", ForeignArrayText(format: "+w:3", length: 2, buffers: [nil], children: [numbers])),
        (
            "elements each",
            ForeignArrayText(
                format: "+w:2147483647", length: 2, offset: 1 << 39, buffers: [nil], children: [numbers])
        ),
        (
            "more than this machine's memory",
            ForeignArrayText(
                format: "+w:2147483647", length: 2, buffers: [nil],
                children: [
                    ForeignArrayText(
                        format: "+w:256", length: 1 << 33, buffers: [nil],
                        children: [ForeignArrayText(format: "n", length: 1 << 40)])
                ])
        ),
        ("a string of -1 bytes", with(views) { $0.buffers[1] = view(-1, 0, 0) }),
        ("points outside", with(views) { $0.buffers[1] = view(14, 0, 0) }),
        ("points outside", with(views) { $0.buffers[1] = view(13, 1, 0) }),
        ("points outside", with(views) { $0.buffers[1] = view(13, -1, 0) }),
        ("points outside", with(views) { $0.buffers[1] = view(13, 0, 1) }),
        ("points outside", with(views) { $0.buffers[1] = view(13, 0, -1) }),
        ("a data buffer of -1 bytes", with(views) { $0.buffers[3] = littleEndian([Int64(-1)]) }),
        ("no buffer", with(views) { $0.buffers[3] = nil }),
        ("no buffer", with(views) { $0.buffers[2] = nil }),
        ("dictionary index 2", with(numbers) { $0.dictionary = [strings] }),
        (
            "dictionary index -1",
            with(numbers) {
                $0.buffers[1] = littleEndian([Int64(0), -1])
                $0.dictionary = [strings]
            }
        ),
        ("a dictionary of -1 values", with(numbers) { $0.dictionary = [with(strings) { $0.length = -1 }] }),
    ]

    @Test(arguments: refusals.indices)
    func whatIsWrongIsToldWithTheColumnsName(refusal: Int) {
        let (message, column) = Self.refusals[refusal]
        let producer = ForeignProducer([.batch([Self.with(column) { $0.name = "amount" }], length: 2)])
        var stream = ArrowArrayStream()
        producer.lend(to: &stream)
        do {
            let table = try ArrowImport.table(from: &stream)
            Issue.record("accepted as \(table.fields)")
        } catch {
            #expect(error.column == "amount")
            #expect(error.message.contains(message), "\(error)")
        }
        #expect(producer.streamsReleased == 1)
        #expect(producer.schemasReleased == 1)
        #expect(producer.batchesReleased == producer.batchesLent)
    }

    private static func refusal(of producer: ForeignProducer) -> String {
        var stream = ArrowArrayStream()
        producer.lend(to: &stream)
        do {
            return "accepted as \(try ArrowImport.table(from: &stream).fields)"
        } catch {
            return error.description
        }
    }

    @Test func batchesThatDoNotFitAreRefused() {
        let good = ForeignArrayText.batch([Self.numbers])
        let cases: [(String, ForeignArrayText)] = [
            ("has 2 columns where its schema has 1", .batch([Self.numbers, Self.numbers])),
            ("has 0 columns where its schema has 1", .batch([], length: 1)),
            ("more than 2147483647 rows", .batch([Self.numbers], length: 1 << 40)),
            ("cannot be", .batch([Self.numbers], length: -1)),
            ("cannot be", .batch([Self.numbers], offset: -1)),
            (
                "null as a whole",
                Self.with(good) {
                    $0.nullCount = 1
                    $0.buffers = [[0b01]]
                }
            ),
            (
                "no buffer",
                Self.with(good) {
                    $0.nullCount = 1
                    $0.bufferCount = 0
                }
            ),
        ]
        for (message, batch) in cases {
            let producer = ForeignProducer([good, batch], schema: good)
            #expect(Self.refusal(of: producer).contains(message), "\(Self.refusal(of: producer))")
            #expect(producer.batchesReleased == producer.batchesLent)
        }
    }

    @Test func streamsOfSingleValuesAreRefused() {
        #expect(Self.refusal(of: ForeignProducer([Self.numbers])).contains("not the rows of a table"))
    }

    @Test func theProducersOwnWordsAreTold() {
        let producer = ForeignProducer([.batch([Self.numbers]), .batch([Self.numbers])])
        producer.failingBatch = 1
        producer.failure = "the network is down"
        #expect(Self.refusal(of: producer) == "the Arrow stream could not give its next rows: the network is down")
        #expect(producer.streamsReleased == 1)
        #expect(producer.batchesReleased == 1)
    }

    @Test func aFailureWithoutWordsIsToldByItsNumber() {
        let producer = ForeignProducer([.batch([Self.numbers])])
        producer.failingBatch = 0
        #expect(Self.refusal(of: producer).hasSuffix("Input/output error"))
    }

    @Test func aStreamIsReadOnce() throws {
        let producer = ForeignProducer(column: Self.numbers)
        var stream = ArrowArrayStream()
        producer.lend(to: &stream)
        _ = try ArrowImport.table(from: &stream)
        #expect(throws: DataError("the Arrow stream has been read already; ask for a new one")) {
            try ArrowImport.table(from: &stream)
        }
        #expect(producer.streamsReleased == 1)
    }
}
