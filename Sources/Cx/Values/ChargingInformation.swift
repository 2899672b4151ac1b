/// Charging-Information (618): Diameter URIs of the charging functions, TS 29.229 §6.3.19.
package struct ChargingInformation: Hashable, Sendable {
    package var primaryEventChargingFunctionName: String?
    package var secondaryEventChargingFunctionName: String?
    package var primaryChargingCollectionFunctionName: String?
    package var secondaryChargingCollectionFunctionName: String?

    package init(
        primaryEventChargingFunctionName: String? = nil, secondaryEventChargingFunctionName: String? = nil,
        primaryChargingCollectionFunctionName: String? = nil, secondaryChargingCollectionFunctionName: String? = nil
    ) {
        self.primaryEventChargingFunctionName = primaryEventChargingFunctionName
        self.secondaryEventChargingFunctionName = secondaryEventChargingFunctionName
        self.primaryChargingCollectionFunctionName = primaryChargingCollectionFunctionName
        self.secondaryChargingCollectionFunctionName = secondaryChargingCollectionFunctionName
    }
}
