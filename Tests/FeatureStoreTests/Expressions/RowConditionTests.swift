import Columnar
import Testing

@testable import FeatureStore

@Suite struct RowConditionTests {
    private let table = Table(
        fields: [
            Field("x", .int32), Field("when", .instant), Field("odd name", .string),
            Field("d", .decimal(precision: 5, scale: 2)),
        ],
        columns: [
            Column(.int32, [.int(1), .null, .int(3)]),
            Column(.instant, (0..<3).map { .timestamp(Timestamp(microseconds: $0 * 86_400_000_000)) }),
            Column(.string, [.string("a"), .string("b"), .null]), .nulls(.decimal(precision: 5, scale: 2), count: 3),
        ])

    @Test(arguments: [
        ("x > 0", [0, 2]), ("not x > 0", []), ("when >= '1970-01-02'", [1, 2]), ("`odd name` == 'b'", [1]),
        ("true", [0, 1, 2]),
        ("is_null(x) or x == 3", [1, 2]), ("null", []),
    ])
    func rowsForWhichItIsTrueAreTaken(text: String, rows: [Int32]) throws {
        #expect(try RowCondition(text, over: table).rows() == rows)
    }

    @Test(arguments: [
        ("x +", "column 4: a value is missing before the end"), ("y > 1", "'y' is not a column"),
        ("x", "is of type integer, not bool"),
        ("d > 1", "is a column of type decimal(5, 2), which expressions do not read"),
    ])
    func aMistakeIsTold(text: String, message: String) {
        let error = #expect(throws: StoreError.self) { try RowCondition(text, over: table) }
        #expect("\(error!)".contains(message), "\(error!)")
    }
}
