#include "ike-d/wire/spi.h"

#include "lib/core/reader.h"
#include "lib/core/writer.h"

struct bytes spi_put_esp(uint32_t spi, uint8_t out[SPI_ESP_BYTES])
{
    struct writer w = writer_of(out, SPI_ESP_BYTES);
    writer_u32(&w, spi);
    return writer_view(&w);
}

struct bytes spi_put_ike(uint64_t spi, uint8_t out[SPI_IKE_BYTES])
{
    struct writer w = writer_of(out, SPI_IKE_BYTES);
    writer_u64(&w, spi);
    return writer_view(&w);
}

uint32_t spi_get_esp(struct bytes field)
{
    struct reader r = reader_of(field);
    uint32_t spi = 0;
    return field.n == SPI_ESP_BYTES && reader_u32(&r, &spi) == 0 ? spi : 0;
}

uint64_t spi_get_ike(struct bytes field)
{
    struct reader r = reader_of(field);
    uint64_t spi = 0;
    return field.n == SPI_IKE_BYTES && reader_u64(&r, &spi) == 0 ? spi : 0;
}
