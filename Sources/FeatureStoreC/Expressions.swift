// The functions are named as in the header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CArrowABI
import CFStore
import Columnar
import FeatureStore

@c @implementation
public func fs_evaluate(
    _ expression: UnsafePointer<CChar>?, _ rows: UnsafeMutablePointer<ArrowArrayStream>?,
    _ origin: UnsafePointer<CChar>?, _ stop: UnsafePointer<Int32>?,
    _ table: UnsafeMutablePointer<OpaquePointer?>?, _ error: StringPlace
) -> Int32 {
    table?.pointee = nil
    let rows = HandedOver(rows)
    return call(stoppedBy: stop, error) {
        let text = try text(expression, "expression")
        let (given, _) = try rows.take(origin: origin, called: "rows")
        let values = try ExpressionValues(text, over: given)
        table?.pointee = Handle.make(SharedTable(values.table))
    }
}
